import { causeOf, type StoreUnavailable } from '../domain/failure.ts'
import type { LogoutToken } from '../domain/logout-token.ts'
import type { LongestLegs } from '../domain/refresh-lease.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { IndexedSession, IndexKey } from '../domain/session-index.ts'
import type { AuthorizationServer, LogoutTokenRefusal } from './authorization-server.ts'
import { type SessionIndexing, takesBackchannelLogout } from './index-session.ts'
import type { Call, Clock, LogoutTokenStore, SessionStore } from './ports.ts'

export interface AcceptBackchannelLogoutDependencies extends SessionIndexing {
  readonly sessions: SessionStore
  readonly logoutTokens: LogoutTokenStore
  readonly authorizationServer: AuthorizationServer
  readonly clock: Clock
  readonly longest: LongestLegs
}

export interface BackchannelLogout {
  readonly sessionsEnded: number
}

export type BackchannelLogoutFailure = LogoutTokenRefusal | StoreUnavailable

/** At a time: a subject may have many sessions, and a store only so many connections. */
const REMOVALS_AT_A_TIME = 20

/**
 * Ends the sessions that a logout token of the authorization server names. A token that comes again before its work was
 * done is worked on as of its first arrival; one whose work is done changes nothing any more.
 * @returns how many sessions were named, or why not all of them are known to have ended.
 * @see OpenID Connect Back-Channel Logout 1.0 sections 2.6 to 2.8
 */
export async function acceptBackchannelLogout(
  deps: AcceptBackchannelLogoutDependencies,
  token: string,
  call: Call,
): Promise<Result<BackchannelLogout, BackchannelLogoutFailure>> {
  const arrivedAt = deps.clock.milliseconds()
  const server = await deps.authorizationServer.discover(call.deadlineAt)
  if (!server.ok) return server
  if (!takesBackchannelLogout(deps, server.value)) {
    return fail({ code: 'logout-token-invalid', cause: causeOf('switched-off') })
  }
  const verified = await server.value.verifyLogoutToken(token, call.deadlineAt)
  if (!verified.ok) return verified
  const trace = await deps.logoutTokens.arrived(verified.value, {
    arrivedAt,
    expiresAt: verified.value.expiresAt,
  })
  if (!trace.ok) return trace
  if (trace.value.done) return ok({ sessionsEnded: 0 })
  return endNamed(deps, verified.value, trace.value.arrivedAt, call)
}

async function endNamed(
  deps: AcceptBackchannelLogoutDependencies,
  logout: LogoutToken,
  endedAt: number,
  call: Call,
): Promise<Result<BackchannelLogout, StoreUnavailable>> {
  const key: IndexKey = { kind: logout.target.kind, issuer: logout.issuer, value: logout.target.value }
  const named = await deps.index.end(key, endedAt)
  if (!named.ok) return named
  const obstacle = await removeAll(deps, key, named.value, call)
  if (obstacle !== undefined) return fail(obstacle)
  const done = await deps.logoutTokens.done(logout)
  return done.ok ? ok({ sessionsEnded: named.value.length }) : done
}

/**
 * Removes as many as can be removed: one that cannot be does not save the others. What is gone is forgotten, so that a
 * repeat goes on where this one stopped.
 */
async function removeAll(
  { sessions, index, clock, longest }: AcceptBackchannelLogoutDependencies,
  key: IndexKey,
  named: readonly IndexedSession[],
  call: Call,
): Promise<StoreUnavailable | undefined> {
  const latest = call.deadlineAt - 2 * longest.statementMilliseconds
  const gone: IndexedSession[] = []
  let obstacle: StoreUnavailable | undefined
  for (let start = 0; start < named.length; start += REMOVALS_AT_A_TIME) {
    if (clock.milliseconds() > latest) {
      obstacle = { code: 'session-unavailable', cause: causeOf('deadline') }
      break
    }
    const some = named.slice(start, start + REMOVALS_AT_A_TIME)
    const removals = some.map(async (session) => ({ session, removed: await sessions.remove(session.id) }))
    for (const { session, removed } of await Promise.all(removals)) {
      if (removed.ok) gone.push(session)
      else obstacle = removed.failure
    }
  }
  const forgotten = await index.forget(key, gone)
  if (!forgotten.ok) call.record({ event: 'session-index-not-updated', cause: forgotten.failure.cause })
  return obstacle
}
