/**
 * Every expected way in which a flow can fail. `code` is the contract with the browser; `cause` is a short
 * token for the operator's log and is never shown. No arm can hold a token, code, state or cookie.
 */
export type Failure =
  | { readonly code: 'return-to-refused' }
  | { readonly code: 'login-transaction-unknown'; readonly replay: boolean; readonly cause?: Cause }
  | { readonly code: 'login-transaction-expired' }
  | { readonly code: 'login-transaction-replayed' }
  | { readonly code: 'authorization-response-invalid'; readonly cause: Cause }
  | { readonly code: 'authorization-denied'; readonly cause: Cause }
  | { readonly code: 'login-required'; readonly cause: Cause }
  | CodeRedemptionFailed
  | IdTokenInvalid
  | { readonly code: 'pkce-unsupported' }
  | { readonly code: 'session-ended' }
  | SessionRequired
  | { readonly code: 'access-token-expired' }
  | UpstreamFailure
  | AuthorizationServerUnavailable
  | StoreUnavailable

/** There is no session, or no longer. */
export interface SessionRequired {
  readonly code: 'session-required'
  /** Whether this very request ended it: only then does its answer clear the cookie. */
  readonly endedHere: boolean
}

/** Why an API call got no answer that could be handed on. */
export type UpstreamFailure =
  | { readonly code: 'upstream-unavailable'; readonly cause: Cause }
  | { readonly code: 'upstream-timeout' }
  | { readonly code: 'upstream-response-too-large' }
  | { readonly code: 'streaming-unsupported' }
  | { readonly code: 'access-token-rejected' }
  | { readonly code: 'insufficient-scope'; readonly scope?: string }
  | StepUpRequired

/** The upstream wants a stronger or fresher login. @see RFC 9470 section 3 */
export interface StepUpRequired {
  readonly code: 'step-up-required'
  readonly acrValues?: string
  readonly maxAgeSeconds?: number
}

/** The token endpoint refused, or answered something else than a token response. */
export interface CodeRedemptionFailed {
  readonly code: 'code-redemption-failed'
  readonly cause: Cause
}

/** An ID token is not one that we can trust. */
export interface IdTokenInvalid {
  readonly code: 'id-token-invalid'
  readonly cause: Cause
}

/** The authorization server did not answer, or answered nothing usable. Never a reason to end a session. */
export interface AuthorizationServerUnavailable {
  readonly code: 'authorization-server-unavailable'
  readonly cause: Cause
}

/** The store did not answer, or holds a record we cannot read. Not the same as: there is no session. */
export interface StoreUnavailable {
  readonly code: 'session-unavailable'
  readonly cause: Cause
}

declare const causeBrand: unique symbol
/** A word of a protocol or of our own, such as `invalid_grant`: at most 42 characters of `A-Z a-z 0-9 . _ -`, one less than our secrets have. */
export type Cause = string & { readonly [causeBrand]: true }

const CAUSE_FORM = /^[A-Za-z0-9._-]{1,42}$/

/** Admits a word into the log; anything of another form, such as a server's free text, becomes `unrecognized`. */
export function causeOf(word: unknown): Cause {
  return (typeof word === 'string' && CAUSE_FORM.test(word) ? word : 'unrecognized') as Cause
}
