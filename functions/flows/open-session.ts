import type { Failure } from '../domain/failure.ts'
import { type RandomToken, type SessionRowId, sessionRowId } from '../domain/identifiers.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { SEAL_IV_BYTES, seal } from '../domain/sealing.ts'
import {
  firstExpiry,
  type Session,
  type SessionLimits,
  type SessionRow,
  sessionSeal,
} from '../domain/session.ts'
import { type SessionView, viewOf } from './check-session.ts'
import type { Call, Clock, DiscoveredServer, Entropy, RedeemedCode, SessionStore } from './ports.ts'

export interface SessionOpening {
  readonly sessions: SessionStore
  readonly clock: Clock
  readonly entropy: Entropy
  readonly limits: SessionLimits
  readonly visibleClaims: readonly string[]
}

export interface SessionOpened {
  /** The value of the session cookie: new at every login. */
  readonly sessionIdentifier: RandomToken
  readonly session: SessionView
}

/**
 * Opens a session for tokens that were verified, then ends the ones it replaces. If it cannot be stored, the
 * tokens are revoked. A replaced session that cannot be ended now lives on to its own limits, unreachable from
 * this browser; that is recorded.
 */
export async function openNewSession(
  deps: SessionOpening,
  server: DiscoveredServer,
  redeemed: RedeemedCode,
  replaced: readonly SessionRowId[],
  call: Call,
): Promise<Result<SessionOpened, Failure>> {
  const sessionIdentifier = deps.entropy.token()
  const openedAt = deps.clock.now()
  const session: Session = { ...redeemed, issuer: server.issuer, openedAt }
  const row = sealedRow(deps, sessionIdentifier, session)
  const stored = await deps.sessions.create(row, deps.entropy.token())
  if (!stored.ok) {
    const cause = await server.revoke(redeemed.tokens, call.deadlineAt)
    if (cause !== undefined) call.record({ event: 'token-revocation-failed', cause })
    return fail(stored.failure)
  }
  for (const removed of await Promise.all(replaced.map(deps.sessions.remove))) {
    if (!removed.ok) call.record({ event: 'session-replacement-failed', cause: removed.failure.cause })
  }
  return ok({ sessionIdentifier, session: viewOf(row, session, deps.visibleClaims) })
}

function sealedRow(deps: SessionOpening, sessionIdentifier: RandomToken, session: Session): SessionRow {
  const id = sessionRowId(sessionIdentifier)
  const expiry = firstExpiry(deps.limits, session.openedAt)
  const iv = deps.entropy.bytes(SEAL_IV_BYTES)
  const sealed = seal(sessionIdentifier, iv, JSON.stringify(session), sessionSeal({ id, ...expiry }))
  return { id, ...expiry, sealed, version: 1 }
}
