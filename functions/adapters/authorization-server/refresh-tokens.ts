import {
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { accessTokenOf } from '../../domain/access-token.ts'
import type { AuthorizationServerUnavailable, Cause } from '../../domain/failure.ts'
import type { Session, TokenSet } from '../../domain/session.ts'
import type { RefreshOutcome } from '../../flows/authorization-server.ts'
import { type Audience, audienceName, audienceParameters } from './audience.ts'
import type { Exchange } from './exchange.ts'
import { failureOfRedemption, failureOfStatus } from './failures.ts'
import type { IssuerKeys } from './id-token-keys.ts'
import { insistent, KEY_UNKNOWN, objectionTo } from './refreshed-id-token.ts'
import { bodyOf, tokenSet } from './token-response.ts'

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
  const received = { idToken, session, accessToken: Object.values(tokens.accessTokens)[0]?.value ?? '' }
  const source = { jwksUri: exchange.metadata.jwks_uri, rules }
  const objection = await objectionTo(received, {
    ...source,
    keys: rules.keys.atHand,
    deadlineAt: exchange.deadlineAt,
  })
  if (objection === undefined) return { kind: 'refreshed', tokens: { ...tokens, idToken } }
  if (objection.kind === 'wrong') return { ...objection, kind: 'id-token-wrong', tokens }
  if (objection.cause !== KEY_UNKNOWN) {
    return { kind: 'refreshed', tokens, objectionToIdToken: async () => objection }
  }
  return {
    kind: 'refreshed',
    tokens,
    objectionToIdToken: (deadlineAt) =>
      objectionTo(received, { ...source, keys: insistent(rules.keys.forIdTokens), deadlineAt }),
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
  const body = await bodyOf(response)
  if (body === undefined) return { rest: response, idToken: undefined }
  const { id_token: idToken, ...others } = body
  const { status, headers } = response
  const rest = new Response(JSON.stringify(others), { status, headers })
  return { rest, idToken: typeof idToken === 'string' ? idToken : undefined }
}

function tokensAfter(response: TokenEndpointResponse, session: Session, rules: RefreshRules): TokenSet {
  const scope = accessTokenOf(session, audienceName(rules.audience))?.scope
  return tokenSet(response, { ...session.tokens, ...(scope === undefined ? {} : { scope }) }, rules)
}

function unavailable(cause: Cause): AuthorizationServerUnavailable {
  return { code: 'authorization-server-unavailable', cause }
}
