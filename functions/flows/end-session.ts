import type { StoreUnavailable } from '../domain/failure.ts'
import { type RandomToken, sessionRowId } from '../domain/identifiers.ts'
import { ok, type Result } from '../domain/result.ts'
import { type HeldSession, openSession } from '../domain/session.ts'
import type { AuthorizationServer, DiscoveredServer } from './authorization-server.ts'
import { dropFromIndex, type SessionIndexing } from './index-session.ts'
import type { Call, Entropy, SessionStore } from './ports.ts'
import { revokeTokens } from './revoke-tokens.ts'

export interface EndSessionDependencies extends SessionIndexing {
  readonly sessions: SessionStore
  readonly authorizationServer: AuthorizationServer
  readonly entropy: Entropy
}

export interface SessionEnded {
  /** Where the browser logs out of the authorization server; undefined if it cannot. */
  readonly endSessionUrl: string | undefined
}

/**
 * Ends a session: the record first, so that nothing after it can keep the user signed in here. Whatever the
 * authorization server then does or does not do is best effort. Idempotent: to end what has ended is a success.
 * @see OpenID Connect RP-Initiated Logout 1.0 section 2, RFC 7009 section 2
 */
export async function endSession(
  deps: EndSessionDependencies,
  sessionIdentifier: RandomToken | undefined,
  call: Call,
): Promise<Result<SessionEnded, StoreUnavailable>> {
  const removed = sessionIdentifier === undefined ? ok(undefined) : await remove(deps, sessionIdentifier)
  if (!removed.ok) return removed
  const server = await deps.authorizationServer.discover(call.deadlineAt)
  if (!server.ok) {
    call.record({ event: 'end-session-url-unavailable', cause: server.failure.cause })
    return ok({ endSessionUrl: undefined })
  }
  const held = removed.value?.session.issuer === server.value.issuer ? removed.value : undefined
  if (held !== undefined) await cleanUp(deps, server.value, held, call)
  const hint = held === undefined ? {} : { idToken: held.session.tokens.idToken }
  return ok({ endSessionUrl: server.value.endSessionUrl({ ...hint, state: deps.entropy.token() }) })
}

async function remove(
  deps: EndSessionDependencies,
  identifier: RandomToken,
): Promise<Result<HeldSession | undefined, StoreUnavailable>> {
  const removed = await deps.sessions.remove(sessionRowId(identifier))
  if (!removed.ok || removed.value === undefined) return removed.ok ? ok(undefined) : removed
  const session = openSession(removed.value, identifier)
  return ok(session === undefined ? undefined : { identifier, row: removed.value, session })
}

async function cleanUp(
  deps: EndSessionDependencies,
  server: DiscoveredServer,
  held: HeldSession,
  call: Call,
): Promise<void> {
  await Promise.all([
    revokeTokens(server, held.session.tokens, call),
    dropFromIndex(deps, server, held, call),
  ])
}
