import {
  type AuthorizationServerUnavailable,
  type Cause,
  causeOf,
  type Failure,
  type StoreUnavailable,
} from '../domain/failure.ts'
import {
  isBackingOff,
  isLeased,
  type LongestLegs,
  leaseUntil,
  longestRefresh,
} from '../domain/refresh-lease.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { HeldSession, SessionRow } from '../domain/session.ts'
import type { AuthorizationServer, DiscoveredServer } from './authorization-server.ts'
import { requireSession, type SessionFinding } from './find-session.ts'
import type { Call, Entropy } from './ports.ts'
import { backOff, type LeasedRefresh, settleRefresh } from './settle-refresh.ts'

export interface RefreshSessionDependencies extends SessionFinding {
  readonly authorizationServer: AuthorizationServer
  readonly entropy: Entropy
  readonly longest: LongestLegs
}

export interface RefreshOptions {
  /** Whether to wait for a refresh that another request has under way. */
  readonly mayWait: boolean
  /** Whether an upstream rejected the token, which is remembered with the new one. */
  readonly rejected: boolean
}

const FIRST_WAIT_MILLISECONDS = 50
const LONGEST_WAIT_MILLISECONDS = 1000

/**
 * Refreshes the tokens of a session, once, whatever number of requests on whatever number of instances ask for it at the
 * same time: one of them takes a lease and uses the refresh token, the others wait for what it stores.
 * @returns the session with tokens of a later version. `session-required` means that it ended; any other failure leaves
 *   it as it was.
 * @see RFC 9700 section 4.14.2
 */
export async function refreshSession(
  deps: RefreshSessionDependencies,
  held: HeldSession,
  options: RefreshOptions,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const waits = options.mayWait ? waitsUntil(deps, call.deadlineAt) : [].values()
  for (let current = held; ; ) {
    const refreshed = await refreshNow(deps, current, options, call)
    if (refreshed !== undefined) return refreshed
    const wait = waits.next()
    if (wait.done) return fail(unavailable(causeOf('refresh-under-way')))
    await deps.clock.pause(wait.value)
    const found = await requireSession(deps, held.identifier)
    if (!found.ok || found.value.row.version !== held.row.version) return found
    current = found.value
  }
}

/** Ever longer waits, each with time for a look at the row after it, and together no longer than the time there is. */
function* waitsUntil({ clock, entropy, longest: legs }: RefreshSessionDependencies, deadlineAt: number) {
  const latest = deadlineAt - legs.statementMilliseconds
  let left = latest - clock.milliseconds()
  for (
    let longest = FIRST_WAIT_MILLISECONDS;
    ;
    longest = Math.min(longest * 1.5, LONGEST_WAIT_MILLISECONDS)
  ) {
    const wait = jittered(longest, entropy)
    left -= wait
    if (left <= 0 || clock.milliseconds() + wait >= latest) return
    yield wait
  }
}

/** @returns undefined if another request is at it. */
async function refreshNow(
  deps: RefreshSessionDependencies,
  { identifier, row, session }: HeldSession,
  { rejected }: RefreshOptions,
  call: Call,
): Promise<Result<HeldSession, Failure> | undefined> {
  if (isBackingOff(row, deps.clock.now())) return fail(unavailable(causeOf('backing-off')))
  if (isLeased(row, deps.clock.now())) return undefined
  const server = await readyServer(deps, call)
  if (server.ok && server.value.issuer !== session.issuer) return fail({ code: 'access-token-expired' })
  const isLate = deps.clock.milliseconds() + longestRefresh(deps.longest) > call.deadlineAt
  if (server.ok && isLate) return fail(unavailable(DEADLINE))
  const leased = await takeLease(deps, row, call)
  if (!leased.ok || leased.value === undefined) return leased.ok ? undefined : leased
  if (server.ok) return settleRefresh(deps, server.value, { identifier, rejected, ...leased.value }, call)
  call.record({ event: 'refresh-failed', cause: server.failure.cause })
  await backOff(deps, leased.value, call)
  return server
}

type Lease = Pick<LeasedRefresh, 'owner' | 'row' | 'askedAt'>

async function takeLease(
  deps: RefreshSessionDependencies,
  { id, version }: SessionRow,
  call: Call,
): Promise<Result<Lease | undefined, StoreUnavailable>> {
  const owner = deps.entropy.token()
  const now = deps.clock.now()
  const lease = { id, version, owner, now, until: leaseUntil(deps.longest, now) }
  const leased = await deps.sessions.takeRefreshLease(lease)
  if (!leased.ok) call.record({ event: 'refresh-failed', cause: leased.failure.cause })
  if (!leased.ok || leased.value === undefined) return leased.ok ? ok(undefined) : leased
  return ok({ owner, row: leased.value, askedAt: now })
}

/** What a refresh needs is there before it takes the lease. */
async function readyServer(
  deps: RefreshSessionDependencies,
  call: Call,
): Promise<Result<DiscoveredServer, AuthorizationServerUnavailable>> {
  const server = await deps.authorizationServer.discover(call.deadlineAt)
  if (!server.ok) return server
  const obstacle = await server.value.whyNotReadyToRefresh(call.deadlineAt)
  return obstacle === undefined ? server : fail(obstacle)
}

/** Cause of a refresh that was not begun, since it could not have ended in time. */
export const DEADLINE = causeOf('deadline')

function unavailable(cause: Cause): AuthorizationServerUnavailable {
  return { code: 'authorization-server-unavailable', cause }
}

/** Between half and all of it, so that those who wait do not come back together. */
function jittered(milliseconds: number, entropy: Entropy): number {
  const [octet = 0] = entropy.bytes(1)
  return milliseconds * (0.5 + octet / 512)
}
