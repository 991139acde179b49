import { accessTokenOf, isDueForRefresh, isLive, mayRefreshRejected } from '../domain/access-token.ts'
import type { Failure } from '../domain/failure.ts'
import type { RandomToken } from '../domain/identifiers.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { AccessToken, HeldSession } from '../domain/session.ts'
import { requireSession, SESSION_GONE, useSession } from './find-session.ts'
import type { Call } from './ports.ts'
import { DEADLINE, type RefreshSessionDependencies, refreshSession } from './refresh-session.ts'

export type AuthorizeApiCallDependencies = RefreshSessionDependencies

export interface AuthorizedCall {
  readonly accessToken: AccessToken
  readonly held: HeldSession
}

/**
 * Finds the access token for one API call, refreshed if it is about to expire. While it lives, a refresh that cannot be
 * done now is no obstacle.
 */
export async function authorizeApiCall(
  deps: AuthorizeApiCallDependencies,
  sessionIdentifier: RandomToken | undefined,
  call: Call,
): Promise<Result<AuthorizedCall, Failure>> {
  if (sessionIdentifier === undefined) return fail(SESSION_GONE)
  const found = await requireSession(deps, sessionIdentifier)
  if (!found.ok) return found
  const held = await withLiveToken(deps, found.value, call)
  if (!held.ok) return held
  return (await isStillThere(deps, held.value, call)) ? authorized(deps, held.value) : fail(SESSION_GONE)
}

/** Counts the call as use of the session, unless a slow refresh has left no time for it. */
async function isStillThere(
  { longest, ...deps }: AuthorizeApiCallDependencies,
  { row }: HeldSession,
  call: Call,
): Promise<boolean> {
  const left = call.deadlineAt - deps.clock.milliseconds()
  return left < longest.statementMilliseconds || (await useSession(deps, row, call)) !== undefined
}

/**
 * Finds another access token after an upstream rejected a live one.
 * @returns undefined if there is none to be had, so that the rejection stands.
 * @see RFC 6750 section 3.1
 */
export async function reauthorizeApiCall(
  deps: AuthorizeApiCallDependencies,
  { held }: AuthorizedCall,
  call: Call,
): Promise<Result<AuthorizedCall, Failure> | undefined> {
  if (!mayRefreshRejected(held.session, deps.clock.now())) return storedMeanwhile(deps, held)
  const refreshed = await refreshSession(deps, held, { mayWait: true, rejected: true }, call)
  if (refreshed.ok) return authorized(deps, refreshed.value)
  const isLate = 'cause' in refreshed.failure && refreshed.failure.cause === DEADLINE
  return isLate ? undefined : refreshed
}

/** Another request may have refreshed already, for whatever reason. */
async function storedMeanwhile(
  deps: AuthorizeApiCallDependencies,
  { identifier, row }: HeldSession,
): Promise<Result<AuthorizedCall, Failure> | undefined> {
  const found = await requireSession(deps, identifier)
  if (!found.ok) return found
  return found.value.row.version === row.version ? undefined : authorized(deps, found.value)
}

async function withLiveToken(
  deps: AuthorizeApiCallDependencies,
  held: HeldSession,
  call: Call,
): Promise<Result<HeldSession, Failure>> {
  const token = accessTokenOf(held.session, deps.audienceName)
  const now = deps.clock.now()
  if (token !== undefined && !isDueForRefresh(token, now)) return ok(held)
  const lives = token !== undefined && isLive(token, now)
  if (held.session.tokens.refreshToken === undefined) {
    return lives ? ok(held) : fail({ code: 'access-token-expired' })
  }
  const refreshed = await refreshSession(deps, held, { mayWait: !lives, rejected: false }, call)
  const isOver = !refreshed.ok && refreshed.failure.code === 'session-required'
  return lives && !refreshed.ok && !isOver ? ok(held) : refreshed
}

function authorized(
  { audienceName }: AuthorizeApiCallDependencies,
  held: HeldSession,
): Result<AuthorizedCall, Failure> {
  const accessToken = accessTokenOf(held.session, audienceName)
  return accessToken === undefined ? fail({ code: 'access-token-expired' }) : ok({ accessToken, held })
}
