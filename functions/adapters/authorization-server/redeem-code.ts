import {
  authorizationCodeGrantRequest,
  getValidatedIdTokenClaims,
  processAuthorizationCodeResponse,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi'
import type { Claims } from '../../domain/claims.ts'
import { causeOf, type Failure } from '../../domain/failure.ts'
import { isUnambiguous, refuseIdToken } from '../../domain/id-token.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import type { TokenSet } from '../../domain/session.ts'
import type { CodeRedemption, RedeemedCode } from '../../flows/ports.ts'
import type { Exchange } from './exchange.ts'
import { failureOfIdToken, failureOfRedemption, failureOfStatus } from './failures.ts'
import type { IdTokenKeys } from './id-token-keys.ts'
import { verifySignature } from './id-token-signature.ts'

export interface RedemptionRules {
  readonly clientId: string
  readonly clientSecret: () => Promise<string>
  readonly idTokenAlgorithms: readonly string[]
  readonly trustedAudiences: readonly string[]
  readonly keys: IdTokenKeys
  /** Epoch seconds. */
  readonly now: number
}

/**
 * Redeems a code and verifies what came back. The code is sent once; a time-out is final, since the server may have
 * used it.
 * @see OpenID Connect Core 1.0 section 3.1.3
 */
export async function redeemCode(
  redemption: CodeRedemption,
  exchange: Exchange,
  rules: RedemptionRules,
): Promise<Result<RedeemedCode, Failure>> {
  let response: Response
  try {
    response = await sendCode(redemption, exchange)
  } catch (error) {
    return fail(failureOfRedemption(error))
  }
  const inTrouble = failureOfStatus(response.status)
  if (inTrouble !== undefined) return fail(inTrouble)
  const hasTokens = await isTokenResponse(response)
  try {
    const tokens = await readTokens(response, redemption, exchange, rules)
    return await verifyIdToken(tokens, exchange, rules)
  } catch (error) {
    return fail(hasTokens ? failureOfIdToken(error) : failureOfRedemption(error))
  }
}

async function sendCode(redemption: CodeRedemption, exchange: Exchange): Promise<Response> {
  const { metadata, client, options } = exchange
  const { code, state, responseIssuer, redirectUri, codeVerifier } = redemption
  const parameters = new URLSearchParams({ code, state })
  if (responseIssuer !== undefined) parameters.set('iss', responseIssuer)
  const response = validateAuthResponse(metadata, client, parameters, state)
  const authentication = await exchange.authenticate()
  return authorizationCodeGrantRequest(
    metadata,
    client,
    authentication,
    response,
    redirectUri,
    codeVerifier,
    options,
  )
}

/** Tells a token endpoint that failed from one that sent a wrong ID token. */
async function isTokenResponse(response: Response): Promise<boolean> {
  if (response.status !== 200) return false
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  const { access_token, token_type, expires_in, scope, refresh_token } = (body ?? {}) as JsonObject
  return (
    isText(access_token) &&
    isText(token_type) &&
    /^(?:bearer|dpop)$/i.test(token_type) &&
    (refresh_token === undefined || isText(refresh_token)) &&
    (scope === undefined || typeof scope === 'string') &&
    (expires_in === undefined || Number.parseFloat(String(expires_in)) >= 0)
  )
}

type JsonObject = { readonly [name: string]: unknown }

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function readTokens(
  response: Response,
  { nonce, maxAgeSeconds }: CodeRedemption,
  { metadata, client }: Exchange,
  { idTokenAlgorithms }: RedemptionRules,
): Promise<TokenEndpointResponse> {
  const allowed = { ...metadata, id_token_signing_alg_values_supported: [...idTokenAlgorithms] }
  return processAuthorizationCodeResponse(allowed, client, response, {
    expectedNonce: nonce,
    ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
    requireIdToken: true,
  })
}

async function verifyIdToken(
  response: TokenEndpointResponse,
  { metadata, deadlineAt }: Exchange,
  rules: RedemptionRules,
): Promise<Result<RedeemedCode, Failure>> {
  const idToken = response.id_token as string
  if (!isUnambiguous(idToken)) return fail({ code: 'id-token-invalid', cause: causeOf('ambiguous') })
  const header = await verifySignature(idToken, rules.keys, {
    algorithms: rules.idTokenAlgorithms,
    jwksUri: metadata.jwks_uri,
    clientSecret: rules.clientSecret,
    deadlineAt,
  })
  const claims = getValidatedIdTokenClaims(response) as Claims
  const verified = { algorithm: header.alg, type: header.typ, claims }
  const refusal = refuseIdToken(verified, { ...rules, accessToken: response.access_token })
  if (refusal !== undefined) return fail({ code: 'id-token-invalid', cause: causeOf(refusal) })
  return ok({ subject: claims.sub as string, claims, tokens: tokenSet(response, idToken, rules.now) })
}

function tokenSet(response: TokenEndpointResponse, idToken: string, now: number): TokenSet {
  const { access_token: value, token_type: type, expires_in: lifetime, scope, refresh_token } = response
  const accessToken = {
    value,
    type: type as 'bearer' | 'dpop',
    ...(lifetime === undefined ? {} : { expiresAt: now + Math.floor(lifetime) }),
    ...(scope === undefined ? {} : { scope }),
  }
  return {
    accessTokens: { default: accessToken },
    idToken,
    ...(refresh_token === undefined ? {} : { refreshToken: refresh_token }),
  }
}
