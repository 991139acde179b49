import { causeOf, type SessionRequired, type StoreUnavailable } from '../domain/failure.ts'
import { type RandomToken, sessionRowId } from '../domain/identifiers.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import {
  type HeldSession,
  hasEnded,
  openSession,
  type SessionLimits,
  type SessionRow,
  slideIdleExpiry,
} from '../domain/session.ts'
import type { Call, Clock, SessionStore } from './ports.ts'

export interface SessionFinding {
  readonly sessions: SessionStore
  readonly clock: Clock
  readonly limits: SessionLimits
  /** Epoch seconds: a session that was opened before has ended. */
  readonly sessionsValidFrom: number
  /** Which of a session's access tokens is for the upstreams. */
  readonly audienceName: string
}

/**
 * Looks a session up and opens it. `undefined` means that we know there is none; a store that does not answer, or a
 * record we cannot read, is a failure and never an ended session.
 */
export async function findSession(
  deps: SessionFinding,
  identifier: RandomToken,
): Promise<Result<HeldSession | undefined, StoreUnavailable>> {
  const askedAt = deps.clock.now()
  const found = await deps.sessions.find(sessionRowId(identifier))
  if (!found.ok) return found
  return found.value === undefined ? ok(undefined) : holdSession(deps, identifier, found.value, askedAt)
}

/** There is no session, whoever ended it. */
export const SESSION_GONE: SessionRequired = { code: 'session-required', endedHere: false }

/** The same for whoever cannot go on without one. */
export async function requireSession(
  deps: SessionFinding,
  identifier: RandomToken,
): Promise<Result<HeldSession, StoreUnavailable | SessionRequired>> {
  const found = await findSession(deps, identifier)
  if (!found.ok) return found
  return found.value === undefined ? fail(SESSION_GONE) : ok(found.value)
}

/**
 * Opens a row that was just read.
 * @param askedAt epoch seconds: what a slow answer says of the session was true then, and use may have extended it since.
 */
export function holdSession(
  deps: Pick<SessionFinding, 'sessionsValidFrom'>,
  identifier: RandomToken,
  row: SessionRow,
  askedAt: number,
): Result<HeldSession | undefined, StoreUnavailable> {
  if (hasEnded(row, askedAt)) return ok(undefined)
  const session = openSession(row, identifier)
  if (session === undefined) return fail({ code: 'session-unavailable', cause: causeOf('record-unreadable') })
  return ok(session.openedAt < deps.sessionsValidFrom ? undefined : { identifier, row, session })
}

/**
 * Counts this request as use of the session. A write happens only when it is worth one.
 * @returns the idle expiry that now holds, or undefined if the session was ended meanwhile.
 */
export async function useSession(
  deps: SessionFinding,
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
