import type { StoreUnavailable } from '../domain/failure.ts'
import { type RandomToken, sessionRowId } from '../domain/identifiers.ts'
import type { Result } from '../domain/result.ts'
import type { SessionStore } from './ports.ts'

/** Ends a session here. Idempotent: to end what has ended is a success. */
export async function endSession(
  deps: { readonly sessions: SessionStore },
  sessionIdentifier: RandomToken,
): Promise<Result<undefined, StoreUnavailable>> {
  return deps.sessions.remove(sessionRowId(sessionIdentifier))
}
