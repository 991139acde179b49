import { decodeProtectedHeader, errors } from 'jose'
import {
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { accessTokenOf } from '../../domain/access-token.ts'
import type { Claims } from '../../domain/claims.ts'
import { type AuthorizationServerUnavailable, type Cause, causeOf } from '../../domain/failure.ts'
import { claimsOf, isUnambiguous, refuseRefreshedIdToken } from '../../domain/id-token.ts'
import type { Session, TokenSet } from '../../domain/session.ts'
import type { RefreshOutcome } from '../../flows/authorization-server.ts'
import { type Audience, audienceParameters } from './audience.ts'
import type { Exchange } from './exchange.ts'
import { failureOfIdToken, failureOfRedemption, failureOfStatus } from './failures.ts'
import type { IdTokenKeys, IssuerKeys } from './id-token-keys.ts'
import { KeyUnavailable, mayBeSignedByNewKey, verifySignature } from './id-token-signature.ts'
import { tokenSet } from './token-response.ts'

export interface RefreshRules {
  readonly clientId: string
  readonly clientSecret: () => Promise<string>
  readonly idTokenAlgorithms: readonly string[]
  readonly trustedAudiences: readonly string[]
  readonly audience: Audience
  readonly keys: IssuerKeys
  /** Epoch seconds. */
  readonly now: number
}

/**
 * Uses a refresh token, once. No scope is asked for, so that the grant stays what it was.
 * @see RFC 6749 section 6, OpenID Connect Core 1.0 section 12
 */
export async function refreshTokens(
  session: Session,
  exchange: Exchange,
  rules: RefreshRules,
): Promise<RefreshOutcome> {
  const answer = await askForTokens(session, exchange, rules)
  if ('kind' in answer) return answer
  const { tokens, idToken } = answer
  if (idToken === undefined) return { kind: 'refreshed', tokens }
  const withIdToken = { ...tokens, idToken }
  const verify = (keys: IdTokenKeys, deadlineAt: number) =>
    verdictOn(idToken, session, tokens, { keys, deadlineAt, jwksUri: exchange.metadata.jwks_uri }, rules)
  const verdict = await verify(rules.keys.atHand, exchange.deadlineAt)
  if (verdict === 'right') return { kind: 'refreshed', tokens: withIdToken }
  if (verdict !== 'unknown-key') return { kind: 'id-token-wrong', cause: verdict, tokens: withIdToken }
  return {
    kind: 'refreshed',
    tokens,
    settleIdToken: async (deadlineAt) => {
      const settled = await verify(insistent(rules.keys.forIdTokens), deadlineAt)
      return settled === 'right' || settled === 'unknown-key' ? undefined : settled
    },
  }
}

interface Answer {
  /** With the ID token that was: the new one is not verified yet. */
  readonly tokens: TokenSet
  readonly idToken: string | undefined
}

async function askForTokens(
  session: Session,
  exchange: Exchange,
  rules: RefreshRules,
): Promise<Answer | RefreshOutcome> {
  try {
    const response = await sendRefreshToken(session, exchange, rules)
    const inTrouble = failureOfStatus(response.status)
    if (inTrouble !== undefined) return { kind: 'unavailable', failure: inTrouble }
    const { rest, idToken } = await separateIdToken(response)
    const read = await processRefreshTokenResponse(exchange.metadata, exchange.client, rest)
    return { tokens: tokensAfter(read, session, rules), idToken }
  } catch (error) {
    const { code, cause } = failureOfRedemption(error)
    const isRefused = code === 'code-redemption-failed' && cause === 'invalid_grant'
    return isRefused ? { kind: 'grant-ended' } : { kind: 'unavailable', failure: unavailable(cause) }
  }
}

async function sendRefreshToken(
  session: Session,
  exchange: Exchange,
  rules: RefreshRules,
): Promise<Response> {
  const { metadata, client, options } = exchange
  const authentication = await exchange.authenticate()
  return refreshTokenGrantRequest(metadata, client, authentication, session.tokens.refreshToken ?? '', {
    ...options,
    additionalParameters: audienceParameters(rules.audience),
  })
}

/** The tokens must be kept whatever is wrong with the ID token beside them. */
async function separateIdToken(response: Response) {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  if (typeof body !== 'object' || body === null) return { rest: response, idToken: undefined }
  const { id_token: idToken, ...others } = body as { readonly id_token?: unknown }
  const { status, headers } = response
  const rest = new Response(JSON.stringify(others), { status, headers })
  return { rest, idToken: typeof idToken === 'string' && isUnambiguous(idToken) ? idToken : undefined }
}

function tokensAfter(response: TokenEndpointResponse, session: Session, rules: RefreshRules): TokenSet {
  const scope = accessTokenOf(session)?.scope
  return tokenSet(response, { ...session.tokens, ...(scope === undefined ? {} : { scope }) }, rules)
}

interface KeySource {
  readonly keys: IdTokenKeys
  readonly jwksUri: string
  readonly deadlineAt: number
}

/** @returns why it is wrong, unless it is right or its key is not among those that `keys` can get. */
async function verdictOn(
  idToken: string,
  session: Session,
  tokens: TokenSet,
  source: KeySource,
  rules: RefreshRules,
): Promise<'right' | 'unknown-key' | Cause> {
  try {
    const claims: Claims = claimsOf(idToken)
    const { alg: algorithm = '', typ: type } = decodeProtectedHeader(idToken)
    const accessToken = Object.values(tokens.accessTokens)[0]?.value ?? ''
    const refusal = refuseRefreshedIdToken({ algorithm, type, claims }, session, { ...rules, accessToken })
    if (refusal !== undefined) return causeOf(refusal)
    await verifySignature(idToken, source.keys, {
      ...source,
      algorithms: rules.idTokenAlgorithms,
      clientSecret: rules.clientSecret,
    })
    return 'right'
  } catch (error) {
    if (error instanceof KeyUnavailable) return 'unknown-key'
    if (source.keys === rules.keys.atHand && mayBeSignedByNewKey(error)) return 'unknown-key'
    return failureOfIdToken(error).cause
  }
}

/** A budget that is used up says nothing of the token. */
function insistent(keys: IdTokenKeys): IdTokenKeys {
  return {
    ...keys,
    getAnew: async (jwksUri, deadlineAt) => {
      const renewed = await keys.getAnew(jwksUri, deadlineAt)
      if (renewed === undefined) throw new errors.JWKSTimeout()
      return renewed
    },
  }
}

function unavailable(cause: Cause): AuthorizationServerUnavailable {
  return { code: 'authorization-server-unavailable', cause }
}
