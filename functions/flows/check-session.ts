import { allowedClaims, type Claims } from '../domain/claims.ts'
import type { StoreUnavailable } from '../domain/failure.ts'
import type { RandomToken } from '../domain/identifiers.ts'
import { ok, type Result } from '../domain/result.ts'
import type { Session, SessionRow } from '../domain/session.ts'
import { findSession, type SessionFinding, useSession } from './find-session.ts'
import type { Call } from './ports.ts'

export interface CheckSessionDependencies extends SessionFinding {
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
 * Tells whether there is a session.
 * @param options `peek`: look without counting as use, so that polling does not keep an idle session alive.
 * @see RFC 10017 section 6.1.2.1
 */
export async function checkSession(
  deps: CheckSessionDependencies,
  sessionIdentifier: RandomToken,
  options: { readonly peek: boolean },
  call: Call,
): Promise<Result<SessionView | undefined, StoreUnavailable>> {
  const found = await findSession(deps, sessionIdentifier)
  if (!found.ok || found.value === undefined) return found.ok ? ok(undefined) : found
  const { row, session } = found.value
  const idleExpiresAt = options.peek ? row.idleExpiresAt : await useSession(deps, row, call)
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
