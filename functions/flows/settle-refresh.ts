import type { Cause, Failure, SessionRequired, StoreUnavailable } from '../domain/failure.ts'
import type { RandomToken } from '../domain/identifiers.ts'
import { type LongestLegs, nextAttempt } from '../domain/refresh-lease.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { SEAL_IV_BYTES, seal } from '../domain/sealing.ts'
import { type HeldSession, type SessionRow, sessionSeal, type TokenSet } from '../domain/session.ts'
import type { DiscoveredServer, RefreshOutcome } from './authorization-server.ts'
import { findSession, holdSession, SESSION_GONE, type SessionFinding } from './find-session.ts'
import type { Call, Entropy } from './ports.ts'
import { revokeTokens } from './revoke-tokens.ts'

export interface SettleRefreshDependencies extends SessionFinding {
  readonly entropy: Entropy
  readonly longest: LongestLegs
}

/** A refresh that holds the lease, with the row that came with it. */
export interface LeasedRefresh {
  readonly identifier: RandomToken
  readonly owner: RandomToken
  readonly rejected: boolean
  readonly row: SessionRow
  /** Epoch seconds: when the lease was asked for. */
  readonly askedAt: number
}

const SESSION_ENDED_HERE: SessionRequired = { code: 'session-required', endedHere: true }

/** Uses the refresh token under the lease, and makes of the session what the outcome says. */
export async function settleRefresh(
  deps: SettleRefreshDependencies,
  server: DiscoveredServer,
  leased: LeasedRefresh,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const held = holdSession(deps, leased.identifier, leased.row, leased.askedAt)
  if (!held.ok || held.value === undefined) {
    await backOff(deps, leased, call)
    return held.ok ? fail(SESSION_GONE) : held
  }
  const deadlineAt = call.deadlineAt - deps.longest.statementMilliseconds
  const outcome = await server.refresh(held.value.session, deadlineAt)
  switch (outcome.kind) {
    case 'refreshed':
      return keep(deps, server, held.value, leased, outcome, call)
    case 'grant-ended':
      return endWithGrant(deps, held.value, call)
    case 'id-token-wrong':
      return endAsWrong(deps, server, held.value, outcome, call)
    case 'unavailable':
      call.record({ event: 'refresh-failed', cause: outcome.failure.cause })
      await backOff(deps, leased, call)
      return fail(outcome.failure)
  }
}

type Refreshed = Extract<RefreshOutcome, { kind: 'refreshed' }>

/** Stores the new tokens before anything else happens. */
async function keep(
  deps: SettleRefreshDependencies,
  server: DiscoveredServer,
  held: HeldSession,
  leased: LeasedRefresh,
  { tokens, objectionToIdToken }: Refreshed,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const next = withTokens(deps, held, tokens, leased.rejected)
  const { id, sealed } = next.row
  const write = { id, version: held.row.version, sealed, attempt: leased.owner }
  const stored = await persistently(deps, call, () => deps.sessions.writeTokens(write))
  if (!stored.ok) {
    call.record({ event: 'refreshed-tokens-not-stored', cause: stored.failure.cause })
    return stored
  }
  if (!stored.value) return overtaken(deps, server, held, tokens, call)
  call.record({ event: 'session-refreshed' })
  const objection = await objectionToIdToken?.(call.deadlineAt - deps.longest.statementMilliseconds)
  if (objection?.kind === 'wrong') {
    return endAsWrong(deps, server, next, { cause: objection.cause, tokens }, call)
  }
  if (objection !== undefined) call.record({ event: 'refreshed-id-token-dropped', cause: objection.cause })
  return ok(next)
}

function withTokens(
  deps: SettleRefreshDependencies,
  { identifier, row, session: before }: HeldSession,
  tokens: TokenSet,
  rejected: boolean,
): HeldSession {
  const session = { ...before, tokens, ...(rejected ? { rejectedAt: deps.clock.now() } : {}) }
  const sealed = seal(
    identifier,
    deps.entropy.bytes(SEAL_IV_BYTES),
    JSON.stringify(session),
    sessionSeal(row),
  )
  const { refreshLeaseUntil, leaseOwner, refreshNotBefore, refreshFailures, ...kept } = row
  return { identifier, session, row: { ...kept, sealed, version: row.version + 1 } }
}

const BETWEEN_WRITES_MILLISECONDS = 200

/** What matters is tried again while there is time, if the store fails. */
async function persistently<T>(
  { clock, longest }: SettleRefreshDependencies,
  { deadlineAt }: Call,
  write: () => Promise<Result<T, StoreUnavailable>>,
): Promise<Result<T, StoreUnavailable>> {
  const latest = deadlineAt - longest.statementMilliseconds - BETWEEN_WRITES_MILLISECONDS
  const most = (latest - clock.milliseconds()) / BETWEEN_WRITES_MILLISECONDS
  for (let pauses = 0; ; pauses += 1) {
    const written = await write()
    if (written.ok || pauses >= most || clock.milliseconds() > latest) return written
    await clock.pause(BETWEEN_WRITES_MILLISECONDS)
  }
}

/** Others have changed the row since it was leased: their tokens are newer, or the session has ended. */
async function overtaken(
  deps: SettleRefreshDependencies,
  server: DiscoveredServer,
  held: HeldSession,
  tokens: TokenSet,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const newer = await newerTokens(deps, held, call)
  if (!newer.ok && newer.failure.code === 'session-required') await revokeTokens(server, tokens, call)
  return newer
}

/** Whatever becomes of the row: these tokens are of no use to this session. */
async function endAsWrong(
  deps: SettleRefreshDependencies,
  server: DiscoveredServer,
  held: HeldSession,
  { cause, tokens }: { readonly cause: Cause; readonly tokens: TokenSet },
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  call.record({ event: 'refreshed-id-token-wrong', cause })
  const ended = await end(deps, held, call)
  if (!ended.ok) await revokeTokens(server, tokens, call)
  return ended
}

async function endWithGrant(
  deps: SettleRefreshDependencies,
  held: HeldSession,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const ended = await end(deps, held, call)
  if (!ended.ok && ended.failure.code === 'session-required') call.record({ event: 'grant-ended' })
  return ended
}

/** Ends the session if its tokens are still those that were read; if not, the newer ones are used. */
async function end(
  deps: SettleRefreshDependencies,
  held: HeldSession,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const { id, version } = held.row
  const removed = await persistently(deps, call, () => deps.sessions.removeVersion(id, version))
  if (!removed.ok) return removed
  return removed.value ? fail(SESSION_ENDED_HERE) : newerTokens(deps, held, call)
}

async function newerTokens(
  deps: SettleRefreshDependencies,
  { identifier }: HeldSession,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const found = await persistently(deps, call, () => findSession(deps, identifier))
  if (!found.ok) return found
  if (found.value === undefined) return fail(SESSION_GONE)
  call.record({ event: 'refresh-conflict' })
  return ok(found.value)
}

/** Gives the lease back, and keeps everybody from trying again at once. */
export async function backOff(
  deps: SettleRefreshDependencies,
  { row, owner }: Pick<LeasedRefresh, 'row' | 'owner'>,
  call: Call,
): Promise<void> {
  const released = await deps.sessions.releaseRefreshLease({
    id: row.id,
    owner,
    ...nextAttempt(row, deps.clock.now()),
  })
  if (!released.ok) call.record({ event: 'refresh-failed', cause: released.failure.cause })
}
