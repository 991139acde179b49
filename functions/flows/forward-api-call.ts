import { bearerChallenges, type TokenRefusal, tokenRefusal } from '../domain/challenge.ts'
import type { Failure } from '../domain/failure.ts'
import type { RandomToken } from '../domain/identifiers.ts'
import { fail, type Result } from '../domain/result.ts'
import type { AccessToken } from '../domain/session.ts'
import type { Upstream } from '../domain/upstream.ts'
import {
  type AuthorizeApiCallDependencies,
  authorizeApiCall,
  reauthorizeApiCall,
} from './authorize-api-call.ts'
import type { CallUpstream, UpstreamRequest, UpstreamResponse } from './call-upstream.ts'
import type { Call } from './ports.ts'

export interface ForwardApiCallDependencies extends AuthorizeApiCallDependencies {
  readonly callUpstream: CallUpstream
}

/** What the application asks of an upstream. */
export interface ApiCall {
  readonly upstream: Upstream
  /** Without the access token. */
  readonly request: UpstreamRequest
}

/**
 * Calls an upstream with the session's access token. If the upstream rejects the token it is called once more with
 * another one, if there is another. Nothing that an upstream says ends the session.
 * @see RFC 6750 section 3.1
 */
export async function forwardApiCall(
  deps: ForwardApiCallDependencies,
  sessionIdentifier: RandomToken | undefined,
  api: ApiCall,
  call: Call,
): Promise<Result<UpstreamResponse, Failure>> {
  const authorized = await authorizeApiCall(deps, sessionIdentifier, call)
  if (!authorized.ok) return authorized
  const answered = await send(deps, api, authorized.value.accessToken, call)
  if (answered.ok || answered.failure.code !== 'access-token-rejected') return answered
  const again = await reauthorizeApiCall(deps, authorized.value, call)
  if (again === undefined) return answered
  return again.ok ? send(deps, api, again.value.accessToken, call) : again
}

async function send(
  deps: ForwardApiCallDependencies,
  { upstream, request }: ApiCall,
  { value }: AccessToken,
  call: Call,
): Promise<Result<UpstreamResponse, Failure>> {
  const headers = [...request.headers, ['authorization', `Bearer ${value}`] as const]
  const endsAt = Math.min(deps.clock.milliseconds() + upstream.timeoutMilliseconds, call.deadlineAt)
  const answered = await deps.callUpstream({ ...request, headers }, endsAt)
  const refusal = answered.ok ? refusalIn(answered.value) : undefined
  return refusal === undefined ? answered : fail(refusal)
}

function refusalIn({ status, headers }: UpstreamResponse): TokenRefusal | undefined {
  const challenges = headers.filter(([name]) => name === 'www-authenticate')
  return tokenRefusal(
    status,
    challenges.flatMap(([, value]) => bearerChallenges(value)),
  )
}
