import { type AuthorizationServerUnavailable, causeOf, type Failure } from '../domain/failure.ts'
import {
  isBackingOff,
  isLeased,
  type LongestLegs,
  leaseUntil,
  longestRefresh,
} from '../domain/refresh-lease.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { HeldSession } from '../domain/session.ts'
import type { AuthorizationServer, DiscoveredServer } from './authorization-server.ts'
import { findSession, type SessionFinding } from './find-session.ts'
import type { Call, Entropy } from './ports.ts'
import { SESSION_GONE, settleRefresh } from './settle-refresh.ts'

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
    if (wait.done) return fail(unavailable('refresh-under-way'))
    await deps.clock.pause(wait.value)
    const found = await findSession(deps, held.identifier)
    if (!found.ok || found.value === undefined) return found.ok ? fail(SESSION_GONE) : found
    if (found.value.row.version !== held.row.version) return ok(found.value)
    current = found.value
  }
}

/** Ever longer waits that together stay within the deadline, whatever the clock does meanwhile. */
function* waitsUntil({ clock, entropy }: RefreshSessionDependencies, deadlineAt: number) {
  let left = deadlineAt - clock.milliseconds()
  for (
    let longest = FIRST_WAIT_MILLISECONDS;
    ;
    longest = Math.min(longest * 1.5, LONGEST_WAIT_MILLISECONDS)
  ) {
    const wait = jittered(longest, entropy)
    left -= wait
    if (left <= 0) return
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
  if (isBackingOff(row, deps.clock.now())) return fail(unavailable('backing-off'))
  if (isLeased(row, deps.clock.now())) return undefined
  const server = await readyServer(deps, call)
  if (!server.ok) return server
  if (server.value.issuer !== session.issuer) return fail({ code: 'access-token-expired' })
  const owner = deps.entropy.token()
  const now = deps.clock.now()
  const lease = { id: row.id, version: row.version, owner, now, until: leaseUntil(deps.longest, now) }
  const leased = await deps.sessions.takeRefreshLease(lease)
  if (!leased.ok) return leased
  if (leased.value === undefined) return undefined
  return settleRefresh(deps, server.value, { identifier, owner, rejected, row: leased.value }, call)
}

/** Nothing that rotates a token starts unless it can end. */
async function readyServer(
  deps: RefreshSessionDependencies,
  call: Call,
): Promise<Result<DiscoveredServer, AuthorizationServerUnavailable>> {
  const server = await deps.authorizationServer.discover(call.deadlineAt)
  if (!server.ok) return server
  const obstacle = await server.value.whyNotReadyToRefresh(call.deadlineAt)
  if (obstacle !== undefined) return fail(obstacle)
  const left = call.deadlineAt - deps.clock.milliseconds()
  return left < longestRefresh(deps.longest) ? fail(unavailable('deadline')) : server
}

function unavailable(word: string): AuthorizationServerUnavailable {
  return { code: 'authorization-server-unavailable', cause: causeOf(word) }
}

/** Between half and all of it, so that those who wait do not come back together. */
function jittered(milliseconds: number, entropy: Entropy): number {
  const [octet = 0] = entropy.bytes(1)
  return milliseconds * (0.5 + octet / 512)
}
