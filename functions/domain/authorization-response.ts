import { type Cause, causeOf, type Failure } from './failure.ts'
import { fail, ok, type Result } from './result.ts'

/** Names and values as they came, in order: a query, a form and a flat JSON object all have this shape. */
export type ReceivedParameters = ReadonlyArray<readonly [name: string, value: string]>

/** An authorization response of sound form. Nothing in it has been believed yet. */
export interface AuthorizationResponse {
  readonly state: string
  readonly issuer: string | undefined
  readonly outcome: { readonly code: string } | { readonly error: string }
}

const ONCE_ONLY = ['state', 'code', 'iss', 'error', 'error_description', 'error_uri']
const OTHER_FLOWS = ['response', 'id_token', 'token', 'access_token']

/**
 * Reads an authorization response. Each known parameter occurs once; unknown ones are ignored.
 * @see RFC 6749 sections 3.1, 4.1.2 and 4.1.2.1
 */
export function readAuthorizationResponse(
  parameters: ReceivedParameters,
): Result<AuthorizationResponse, Failure> {
  const values = new Map<string, string>()
  for (const [name, value] of parameters) {
    if (OTHER_FLOWS.includes(name)) return invalid('other-flow')
    if (values.has(name) && ONCE_ONLY.includes(name)) return invalid('parameter-repeated')
    values.set(name, value)
  }
  const [state, code, error] = [values.get('state'), values.get('code'), values.get('error')]
  if (!state) return invalid('state-missing')
  const issuer = values.get('iss')
  if (code && error === undefined) return ok({ state, issuer, outcome: { code } })
  if (error && code === undefined) return ok({ state, issuer, outcome: { error } })
  return invalid(code && error ? 'code-and-error' : 'code-missing')
}

/**
 * Refuses a response that another authorization server may have sent. Comparison is of strings, byte for byte.
 * @see RFC 9207 section 2.4
 */
export function checkResponseIssuer(
  response: Pick<AuthorizationResponse, 'issuer'>,
  expected: { readonly issuer: string; readonly announced: boolean },
): Failure | undefined {
  if (response.issuer === undefined) {
    return expected.announced ? invalid('issuer-missing').failure : undefined
  }
  return response.issuer === expected.issuer ? undefined : invalid('issuer-mismatch').failure
}

const INTERACTION_NEEDED = [
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]
const SERVER_IN_TROUBLE = ['server_error', 'temporarily_unavailable']
const OTHER_ERRORS = [
  'access_denied',
  'invalid_request',
  'unauthorized_client',
  'unsupported_response_type',
  'invalid_scope',
  'invalid_target',
  'invalid_request_uri',
  'invalid_request_object',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
  'unmet_authentication_requirements',
]

/**
 * What an `error` of the authorization server means for us. Its text is hostile input and goes no further.
 * @see OpenID Connect Core 1.0 section 3.1.2.6
 */
export function failureOfAuthorizationError(error: string): Failure {
  const cause = causeOfAuthorizationError(error)
  if (INTERACTION_NEEDED.includes(error)) return { code: 'login-required', cause }
  if (SERVER_IN_TROUBLE.includes(error)) return { code: 'authorization-server-unavailable', cause }
  return { code: 'authorization-denied', cause }
}

function causeOfAuthorizationError(error: string): Cause {
  const known = [...INTERACTION_NEEDED, ...SERVER_IN_TROUBLE, ...OTHER_ERRORS].includes(error)
  return causeOf(known ? error : undefined)
}

function invalid(cause: string) {
  return fail({ code: 'authorization-response-invalid', cause: causeOf(cause) } as const)
}
