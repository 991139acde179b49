import { errors } from 'jose'
import {
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import {
  type AuthorizationServerUnavailable,
  type CodeRedemptionFailed,
  causeOf,
  type IdTokenInvalid,
} from '../../domain/failure.ts'
import { KeyUnavailable } from './id-token-signature.ts'
import { UnusableMetadata } from './metadata.ts'
import { OutboundRefusal } from './outbound.ts'

/**
 * The only place that looks into errors of the protocol libraries, which carry tokens and bodies. Nothing of them
 * passes but a word.
 */
export function unavailable(error: unknown): AuthorizationServerUnavailable {
  return { code: 'authorization-server-unavailable', cause: causeOf(reasonOf(error)) }
}

/** A token endpoint that could not be asked, or refused, or answered something else than a token response. */
export function failureOfRedemption(error: unknown): CodeRedemptionFailed | AuthorizationServerUnavailable {
  if (error instanceof ResponseBodyError) {
    return { code: 'code-redemption-failed', cause: causeOf(knownError(error.error)) }
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return { code: 'code-redemption-failed', cause: causeOf('invalid_client') }
  }
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) {
    return { code: 'code-redemption-failed', cause: causeOf('response-malformed') }
  }
  return unavailable(error)
}

/** A server that answers so is in trouble, whatever else it says. */
export function failureOfStatus(status: number): AuthorizationServerUnavailable | undefined {
  const inTrouble = status === 429 || status >= 500
  return inTrouble
    ? { code: 'authorization-server-unavailable', cause: causeOf(`http-${status}`) }
    : undefined
}

/** RFC 6749 section 5.2, RFC 7009 section 2.2.1, RFC 8707 section 2, RFC 9449 section 5. */
const TOKEN_ENDPOINT_ERRORS = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_token_type',
  'invalid_scope',
  'invalid_target',
  'invalid_dpop_proof',
  'use_dpop_nonce',
]

/** A server may say anything here, and echo what it was sent. */
function knownError(error: string): string | undefined {
  return TOKEN_ENDPOINT_ERRORS.find((known) => known === error)
}

/** An ID token that is wrong, or whose keys could not be had. */
export function failureOfIdToken(error: unknown): IdTokenInvalid | AuthorizationServerUnavailable {
  if (error instanceof KeyUnavailable) return unavailable(error.cause)
  if (error instanceof errors.JOSEError) return { code: 'id-token-invalid', cause: causeOf(error.code) }
  if (error instanceof OperationProcessingError) {
    return { code: 'id-token-invalid', cause: causeOf(claimOf(error) ?? error.code) }
  }
  return { code: 'id-token-invalid', cause: causeOf('malformed') }
}

function reasonOf(error: unknown): string {
  if (error instanceof OutboundRefusal || error instanceof UnusableMetadata) return error.reason
  return error instanceof OperationProcessingError ? 'response-malformed' : 'unreachable'
}

function claimOf(error: OperationProcessingError): string | undefined {
  const claim = (error.cause as { claim?: unknown } | undefined)?.claim
  return typeof claim === 'string' ? `claim-${claim}` : undefined
}
