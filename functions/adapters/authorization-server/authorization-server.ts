import {
  allowInsecureRequests,
  clockSkew,
  customFetch,
  processRevocationResponse,
  revocationRequest,
} from 'oauth4webapi'
import { type Cause, causeOf } from '../../domain/failure.ts'
import { fail, ok } from '../../domain/result.ts'
import type { TokenSet } from '../../domain/session.ts'
import type { AuthorizationServer, DiscoveredServer } from '../../flows/authorization-server.ts'
import type { Clock } from '../../flows/ports.ts'
import type { Audience } from './audience.ts'
import { authorizationUrl } from './authorization-url.ts'
import { type ClientAuthenticationMethod, clientAuthentication } from './client-authentication.ts'
import { endSessionUrl, type LogoutStyle } from './end-session-url.ts'
import type { Exchange } from './exchange.ts'
import { failureOfRedemption, unavailable } from './failures.ts'
import { createIssuerKeys, type IssuerKeys } from './id-token-keys.ts'
import { isInsecure, readMetadata, type UsableMetadata } from './metadata.ts'
import { createOutboundFetch, type OutboundFetch } from './outbound.ts'
import { createRecentCopy } from './recent-copy.ts'
import { redeemCode } from './redeem-code.ts'
import { refreshTokens } from './refresh-tokens.ts'
import { verifyLogoutToken } from './verify-logout-token.ts'

export interface AuthorizationServerSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientAuthentication: ClientAuthenticationMethod
  readonly scope: string | undefined
  readonly responseMode: 'query' | 'form_post'
  readonly idTokenAlgorithms: readonly string[]
  readonly trustedAudiences: readonly string[]
  readonly audience: Audience
  readonly logoutTokenType: 'strict' | 'lenient'
  readonly logoutStyle: LogoutStyle
  readonly postLogoutRedirectUri: string
  readonly timeoutMilliseconds: number
}

const METADATA_LIMITS = { freshSeconds: 60 * 60, staleSeconds: 24 * 60 * 60 }

/** One authorization server over oauth4webapi. Nothing is asked of it before the first request needs it. */
export function createAuthorizationServer(
  settings: AuthorizationServerSettings,
  clientSecret: () => Promise<string>,
  clock: Clock,
): AuthorizationServer {
  const outbound = createOutboundFetch(clock, settings.timeoutMilliseconds)
  const deps = { settings, clientSecret, clock, outbound, keys: createIssuerKeys(clock, outbound) }
  const metadata = createRecentCopy(METADATA_LIMITS, clock, (deadlineAt) =>
    readMetadata(settings.issuer, outbound(deadlineAt)),
  )
  return {
    async discover(deadlineAt) {
      try {
        return ok(discoveredServer(await metadata.get(deadlineAt), deps))
      } catch (error) {
        return fail(unavailable(error))
      }
    },
  }
}

interface ServerDependencies {
  readonly settings: AuthorizationServerSettings
  readonly clientSecret: () => Promise<string>
  readonly clock: Clock
  readonly outbound: (deadlineAt: number) => OutboundFetch
  readonly keys: IssuerKeys
}

function discoveredServer(metadata: UsableMetadata, deps: ServerDependencies): DiscoveredServer {
  const { settings, clientSecret, clock, keys } = deps
  const rulesNow = () => ({ ...settings, clientSecret, now: clock.now() })
  const exchange = (deadlineAt: number) => exchangeWith(metadata, deps, deadlineAt)
  const { jwks_uri: jwksUri } = metadata
  return {
    issuer: metadata.issuer,
    announcesIssuer: metadata.authorization_response_iss_parameter_supported === true,
    announcesBackchannelLogout: metadata.backchannel_logout_supported === true,
    codeChallengeMethodsSupported: metadata.code_challenge_methods_supported,
    authorizationUrl: (request) => authorizationUrl(metadata, settings, request),
    whyNotAuthenticated: () => whyNotAuthenticated(clientSecret),
    async whyNotReadyToRefresh(deadlineAt) {
      await keys.forIdTokens.get(jwksUri, deadlineAt).catch(() => undefined)
      return whyNotAuthenticated(clientSecret)
    },
    redeemCode: (redemption, deadlineAt) =>
      redeemCode(redemption, exchange(deadlineAt), { ...rulesNow(), keys: keys.forIdTokens }),
    refresh: (session, deadlineAt) => refreshTokens(session, exchange(deadlineAt), { ...rulesNow(), keys }),
    revoke: (tokens, deadlineAt) => revoke(tokens, exchange(deadlineAt)),
    verifyLogoutToken(token, deadlineAt) {
      const signature = { algorithms: settings.idTokenAlgorithms, jwksUri, clientSecret, deadlineAt }
      const expected = { ...rulesNow(), typ: settings.logoutTokenType }
      return verifyLogoutToken(token, keys.forLogoutTokens, signature, expected)
    },
    endSessionUrl: (request) => endSessionUrl(metadata, settings, request),
  }
}

async function whyNotAuthenticated(clientSecret: () => Promise<string>) {
  const cause = causeOf('client-secret-unavailable')
  const unavailableSecret = { code: 'authorization-server-unavailable', cause } as const
  return clientSecret().then(
    () => undefined,
    () => unavailableSecret,
  )
}

function exchangeWith(metadata: UsableMetadata, deps: ServerDependencies, deadlineAt: number): Exchange {
  const { settings, clientSecret, clock, outbound } = deps
  const skew = clock.now() - Math.floor(Date.now() / 1000)
  return {
    metadata,
    client: { client_id: settings.clientId, [clockSkew]: skew },
    authenticate: async () => clientAuthentication(settings.clientAuthentication, await clientSecret()),
    options: {
      [customFetch]: outbound(deadlineAt),
      [allowInsecureRequests]: isInsecure(new URL(settings.issuer)),
    },
    deadlineAt,
  }
}

/** Revoking the refresh token ends the whole grant. @see RFC 7009 section 2.1 */
async function revoke(tokens: TokenSet, exchange: Exchange): Promise<Cause | undefined> {
  if (exchange.metadata.revocation_endpoint === undefined) return causeOf('no-revocation-endpoint')
  const { metadata, client, options } = exchange
  const revocable = tokens.refreshToken ?? Object.values(tokens.accessTokens)[0]?.value
  if (revocable === undefined) return undefined
  try {
    const authentication = await exchange.authenticate()
    const response = await revocationRequest(metadata, client, authentication, revocable, options)
    await processRevocationResponse(response)
    return undefined
  } catch (error) {
    return failureOfRedemption(error).cause
  }
}
