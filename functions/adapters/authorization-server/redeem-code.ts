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
import type { CodeRedemption, RedeemedCode } from '../../flows/authorization-server.ts'
import { type Audience, resourceParameter } from './audience.ts'
import type { Exchange } from './exchange.ts'
import { failureOfIdToken, failureOfRedemption, failureOfStatus } from './failures.ts'
import type { IdTokenKeys } from './id-token-keys.ts'
import { verifySignature } from './id-token-signature.ts'
import { isTokenResponse, tokenSet } from './token-response.ts'

export interface RedemptionRules {
  readonly clientId: string
  readonly clientSecret: () => Promise<string>
  readonly idTokenAlgorithms: readonly string[]
  readonly trustedAudiences: readonly string[]
  /** What the access token is for; absent if that was not asked for. */
  readonly audience: Audience
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
    response = await sendCode(redemption, exchange, rules)
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

async function sendCode(
  redemption: CodeRedemption,
  exchange: Exchange,
  rules: RedemptionRules,
): Promise<Response> {
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
    { ...options, additionalParameters: resourceParameter(rules.audience) },
  )
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
  return ok({ subject: claims.sub as string, claims, tokens: tokenSet(response, { idToken }, rules) })
}
