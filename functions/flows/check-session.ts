import { allowedClaims, type Claims } from '../domain/claims.ts'
import { causeOf, type StoreUnavailable } from '../domain/failure.ts'
import { type RandomToken, sessionRowId } from '../domain/identifiers.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import {
  hasEnded,
  openSession,
  type Session,
  type SessionLimits,
  type SessionRow,
  slideIdleExpiry,
} from '../domain/session.ts'
import type { Call, Clock, SessionStore } from './ports.ts'

export interface CheckSessionDependencies {
  readonly sessions: SessionStore
  readonly clock: Clock
  readonly limits: SessionLimits
  readonly visibleClaims: readonly string[]
}

/** What a browser may know of its session. */
export interface SessionView {
  readonly claims: Claims
  /** Epoch seconds, both. */
  readonly expiresAt: number
  readonly idleExpiresAt: number
}

/**
 * Tells whether there is a session. `undefined` means that we know there is none; a store that does not answer,
 * or a record we cannot read, is a failure and never an ended session.
 * @param options `peek`: look without counting as use, so that polling does not keep an idle session alive.
 * @see RFC 10017 section 6.1.2.1
 */
export async function checkSession(
  deps: CheckSessionDependencies,
  sessionIdentifier: RandomToken,
  options: { readonly peek: boolean },
  call: Call,
): Promise<Result<SessionView | undefined, StoreUnavailable>> {
  const found = await deps.sessions.find(sessionRowId(sessionIdentifier))
  if (!found.ok) return found
  const row = found.value
  if (row === undefined || hasEnded(row, deps.clock.now())) return ok(undefined)
  const session = openSession(row, sessionIdentifier)
  if (session === undefined) return fail({ code: 'session-unavailable', cause: causeOf('record-unreadable') })
  if (options.peek) return ok(viewOf(row, session, deps.visibleClaims))
  const idleExpiresAt = await slide(deps, row, call)
  return ok(
    idleExpiresAt === undefined ? undefined : viewOf({ ...row, idleExpiresAt }, session, deps.visibleClaims),
  )
}

export function viewOf(row: SessionRow, session: Session, visibleClaims: readonly string[]): SessionView {
  return {
    claims: allowedClaims(session.claims, visibleClaims),
    expiresAt: row.absoluteExpiresAt,
    idleExpiresAt: row.idleExpiresAt,
  }
}

/** @returns the idle expiry that now holds, or undefined if the session was ended meanwhile. */
async function slide(
  deps: CheckSessionDependencies,
  row: SessionRow,
  call: Call,
): Promise<number | undefined> {
  const idleExpiresAt = slideIdleExpiry(row, deps.limits, deps.clock.now())
  if (idleExpiresAt === undefined) return row.idleExpiresAt
  const moved = await deps.sessions.moveIdleExpiry(row.id, idleExpiresAt)
  if (moved.ok) return moved.value ? idleExpiresAt : undefined
  call.record({ event: 'idle-expiry-not-moved', cause: moved.failure.cause })
  return row.idleExpiresAt
}
