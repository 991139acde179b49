import { type Cause, causeOf, type Failure, type SessionRequired } from '../domain/failure.ts'
import type { RandomToken } from '../domain/identifiers.ts'
import { type LongestLegs, nextAttempt } from '../domain/refresh-lease.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { SEAL_IV_BYTES, seal } from '../domain/sealing.ts'
import { type HeldSession, type SessionRow, sessionSeal, type TokenSet } from '../domain/session.ts'
import type { DiscoveredServer, RefreshOutcome } from './authorization-server.ts'
import { findSession, holdSession, type SessionFinding } from './find-session.ts'
import type { Call, Entropy } from './ports.ts'

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
}

export const SESSION_GONE: SessionRequired = { code: 'session-required', endedHere: false }
const SESSION_ENDED_HERE: SessionRequired = { code: 'session-required', endedHere: true }

/** Uses the refresh token under the lease, and makes of the session what the outcome says. */
export async function settleRefresh(
  deps: SettleRefreshDependencies,
  server: DiscoveredServer,
  leased: LeasedRefresh,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const held = holdSession(deps, leased.identifier, leased.row)
  if (!held.ok) return held
  if (held.value === undefined) return fail(SESSION_GONE)
  const deadlineAt = call.deadlineAt - deps.longest.statementMilliseconds
  const outcome = await server.refresh(held.value.session, deadlineAt)
  switch (outcome.kind) {
    case 'refreshed':
      return keep(deps, server, held.value, leased, outcome, call)
    case 'grant-ended':
      return end(deps, held.value, call, { event: 'grant-ended' })
    case 'id-token-wrong':
      return endAsWrong(deps, server, held.value, outcome, call)
    case 'unavailable':
      call.record({ event: 'refresh-failed', cause: outcome.failure.cause })
      await backOff(deps, leased)
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
  { tokens, settleIdToken }: Refreshed,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const next = withTokens(deps, held, tokens, leased.rejected)
  const stored = await storePersistently(deps, next, held.row.version, leased.owner, call)
  if (!stored.ok) {
    call.record({ event: 'refreshed-tokens-not-stored', cause: stored.failure.cause })
    return stored
  }
  if (!stored.value) return overtaken(deps, server, held, tokens, call)
  call.record({ event: 'session-refreshed' })
  const wrong = await settleIdToken?.(call.deadlineAt - deps.longest.statementMilliseconds)
  return wrong === undefined ? ok(next) : endAsWrong(deps, server, next, { cause: wrong, tokens }, call)
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

/** The server has accepted these tokens as new: a store that fails is asked again while there is time. */
async function storePersistently(
  deps: SettleRefreshDependencies,
  { row: { id, sealed } }: HeldSession,
  version: number,
  attempt: RandomToken,
  call: Call,
) {
  const latest = call.deadlineAt - deps.longest.statementMilliseconds - BETWEEN_WRITES_MILLISECONDS
  for (let paused = 0; ; paused += BETWEEN_WRITES_MILLISECONDS) {
    const stored = await deps.sessions.writeTokens({ id, version, sealed, attempt })
    if (stored.ok || deps.clock.milliseconds() + paused > latest) return stored
    await deps.clock.pause(BETWEEN_WRITES_MILLISECONDS)
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
  if (!newer.ok && newer.failure.code === 'session-required') await revoke(server, tokens, call)
  return newer
}

async function endAsWrong(
  deps: SettleRefreshDependencies,
  server: DiscoveredServer,
  held: HeldSession,
  { cause, tokens }: { readonly cause: Cause; readonly tokens: TokenSet },
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const ended = await end(deps, held, call, { event: 'refreshed-id-token-wrong', cause })
  if (!ended.ok && ended.failure.code === 'session-required') await revoke(server, tokens, call)
  return ended
}

/** Ends the session if its tokens are still those that were read; if not, the newer ones are used. */
async function end(
  deps: SettleRefreshDependencies,
  held: HeldSession,
  call: Call,
  event: Parameters<Call['record']>[0],
): Promise<Result<HeldSession, Failure>> {
  const removed = await deps.sessions.removeVersion(held.row.id, held.row.version)
  if (!removed.ok) return removed
  const newer = removed.value ? fail(SESSION_ENDED_HERE) : await newerTokens(deps, held, call)
  if (!newer.ok && newer.failure.code === 'session-required') call.record(event)
  return newer
}

async function newerTokens(
  deps: SettleRefreshDependencies,
  { identifier }: HeldSession,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const found = await findSession(deps, identifier)
  if (!found.ok) return found
  if (found.value === undefined) return fail(SESSION_GONE)
  call.record({ event: 'refresh-conflict' })
  return ok(found.value)
}

async function backOff(deps: SettleRefreshDependencies, { row, owner }: LeasedRefresh): Promise<void> {
  await deps.sessions.releaseRefreshLease({ id: row.id, owner, ...nextAttempt(row, deps.clock.now()) })
}

async function revoke(server: DiscoveredServer, tokens: TokenSet, call: Call): Promise<void> {
  const cause = await server.revoke(tokens, call.deadlineAt)
  if (cause !== undefined) call.record({ event: 'token-revocation-failed', cause: causeOf(cause) })
}
