import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { BrowserCallRefusal } from '../../domain/browser-call.ts'
import type { Failure } from '../../domain/failure.ts'

/** Requests that are refused before any flow sees them. */
export type Refusal =
  | { readonly code: 'request-invalid'; readonly detail: string }
  | { readonly code: 'request-too-large' }
  | { readonly code: 'content-type-unsupported' }
  | { readonly code: 'not-found' }
  | { readonly code: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly code: 'csrf-rejected'; readonly reason: BrowserCallRefusal }
  | { readonly code: 'login-not-a-navigation' }
  | { readonly code: 'session-cookie-repeated' }
  | { readonly code: 'request-timed-out' }
  | { readonly code: 'unexpected-failure' }

export type ProblemCause = Failure | Refusal
export type ProblemCode = ProblemCause['code']

/** A problem details object. @see RFC 9457 section 3 */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: ContentfulStatusCode
  readonly code: ProblemCode
  readonly requestId: string
  readonly detail: string
  /** What an upstream wants, under the names of the login parameters that ask for it. */
  readonly scope?: string
  readonly acr_values?: string
  readonly max_age?: number
}

const TITLES: { readonly [status: number]: string } = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** The only place where a failure becomes a status and words for a person. */
const PROBLEMS: { readonly [code in ProblemCode]: readonly [status: ContentfulStatusCode, detail: string] } =
  {
    'request-invalid': [400, 'The request is not one that this endpoint takes.'],
    'request-too-large': [413, 'The request is larger than this endpoint takes.'],
    'content-type-unsupported': [415, 'The content type is not one that this endpoint takes.'],
    'not-found': [404, 'There is nothing at this address.'],
    'method-not-allowed': [405, 'This address does not take this method.'],
    'csrf-rejected': [403, 'The request did not prove that it came from the application.'],
    'login-not-a-navigation': [
      400,
      'A login is started by opening this address, not by a background request.',
    ],
    'session-cookie-repeated': [401, 'The browser sent more than one session cookie.'],
    'request-timed-out': [503, 'The request took too long.'],
    'unexpected-failure': [500, 'Something went wrong on our side.'],
    'return-to-refused': [400, 'The address to return to is not one of the application.'],
    'login-transaction-unknown': [400, 'This login was not started in this browser, or its trace is gone.'],
    'login-transaction-expired': [400, 'The login took too long.'],
    'login-transaction-replayed': [400, 'This login was already completed or given up.'],
    'authorization-response-invalid': [400, 'The answer of the login service is not valid.'],
    'authorization-denied': [403, 'The login service did not allow the login.'],
    'login-required': [401, 'The login service asks you to sign in there.'],
    'code-redemption-failed': [502, 'The login service did not accept the login.'],
    'id-token-invalid': [502, 'The login service sent something that we cannot trust.'],
    'pkce-unsupported': [502, 'The login service lacks a protection that we insist on.'],
    'session-ended': [401, 'You were signed out while you signed in.'],
    'session-required': [401, 'You are signed out.'],
    'access-token-expired': [401, 'Your access has run out, and can only be renewed by signing in.'],
    'access-token-rejected': [401, 'The service did not accept your access. Signing in again may help.'],
    'insufficient-scope': [403, 'You have not been granted the access that this needs.'],
    'step-up-required': [401, 'The service asks for a stronger or more recent sign-in.'],
    'upstream-unavailable': [502, 'The service does not answer at the moment.'],
    'upstream-timeout': [504, 'The service took too long.'],
    'upstream-response-too-large': [502, 'The answer of the service is too large to be handed on.'],
    'streaming-unsupported': [501, 'Streams are not handed on.'],
    'authorization-server-unavailable': [503, 'The login service does not answer at the moment.'],
    'session-unavailable': [503, 'We cannot reach our store at the moment.'],
  }

const RETRY_AFTER_SECONDS = 5

export function problemOf(failure: ProblemCause, requestId: string): Problem {
  const [, words] = PROBLEMS[failure.code]
  const status = statusOf(failure)
  const detail = failure.code === 'request-invalid' ? failure.detail : words
  const title = TITLES[status] ?? ''
  return { type: 'about:blank', title, status, code: failure.code, requestId, detail, ...wantedBy(failure) }
}

function wantedBy(failure: ProblemCause): Pick<Problem, 'scope' | 'acr_values' | 'max_age'> {
  if (failure.code === 'insufficient-scope') {
    return failure.scope === undefined ? {} : { scope: failure.scope }
  }
  if (failure.code !== 'step-up-required') return {}
  const { acrValues, maxAgeSeconds } = failure
  return {
    ...(acrValues === undefined ? {} : { acr_values: acrValues }),
    ...(maxAgeSeconds === undefined ? {} : { max_age: maxAgeSeconds }),
  }
}

/** A code that the server refuses is the browser's doing; any other refusal is between the two servers. */
export function statusOf(failure: ProblemCause): ContentfulStatusCode {
  const isRefusedCode = failure.code === 'code-redemption-failed' && failure.cause === 'invalid_grant'
  return isRefusedCode ? 400 : PROBLEMS[failure.code][0]
}

/** Problem details, ready to send. */
export function problemDetails(failure: ProblemCause, requestId: string) {
  const problem = problemOf(failure, requestId)
  const headers = { ...problemHeaders(failure, problem), 'content-type': 'application/problem+json' }
  return { body: JSON.stringify(problem), status: problem.status, headers }
}

/** Headers that belong to a problem of this kind, whatever shape its body takes. */
export function problemHeaders(failure: ProblemCause, { status }: Problem): Record<string, string> {
  if (failure.code === 'method-not-allowed') return { allow: failure.allow.join(', ') }
  return status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}
}
