import type { Claims } from '../domain/claims.ts'
import type { AuthorizationServerUnavailable, Cause, Failure } from '../domain/failure.ts'
import type { LoginOptions } from '../domain/login-options.ts'
import type { LogoutToken } from '../domain/logout-token.ts'
import type { Result } from '../domain/result.ts'
import type { Session, TokenSet } from '../domain/session.ts'

export interface AuthorizationServer {
  /** Reads the server's metadata, at most once in a while; a recent copy bridges an outage. */
  discover(deadlineAt: number): Promise<Result<DiscoveredServer, AuthorizationServerUnavailable>>
}

export interface DiscoveredServer {
  readonly issuer: string
  /** Whether it promises `iss` in every authorization response. @see RFC 9207 section 3 */
  readonly announcesIssuer: boolean
  readonly codeChallengeMethodsSupported: readonly string[] | undefined
  authorizationUrl(request: AuthorizationRequest): string
  /**
   * Makes sure that we can authenticate as the client, before anything is used up that depends on it.
   * @returns undefined if so, else what stands in the way.
   */
  whyNotAuthenticated(): Promise<AuthorizationServerUnavailable | undefined>
  /** The same before a refresh; fetches in advance what would otherwise be fetched while tokens wait to be stored. */
  whyNotReadyToRefresh(deadlineAt: number): Promise<AuthorizationServerUnavailable | undefined>
  /** Redeems a code, once and never again, and verifies the ID token that comes with the access token. */
  redeemCode(redemption: CodeRedemption, deadlineAt: number): Promise<Result<RedeemedCode, Failure>>
  /**
   * Uses the refresh token, once. Whatever comes of it is told in terms of what it means for the session.
   * @see OpenID Connect Core 1.0 section 12
   */
  refresh(session: Session, deadlineAt: number): Promise<RefreshOutcome>
  /** Best effort. @returns undefined if the server took it, else what stood in the way. */
  revoke(tokens: TokenSet, deadlineAt: number): Promise<Cause | undefined>
  /** Whether it promises back-channel logout. */
  readonly announcesBackchannelLogout: boolean
  /** @returns `invalid` with the first rule that the token breaks. */
  verifyLogoutToken(token: string, deadlineAt: number): Promise<Result<LogoutToken, LogoutTokenRefusal>>
  /** Where a browser logs out there; undefined if it cannot. */
  endSessionUrl(request: EndSessionRequest): string | undefined
}

export type RefreshOutcome =
  | {
      readonly kind: 'refreshed'
      readonly tokens: TokenSet
      /**
       * There if the refreshed ID token is not among `tokens`, which then hold the one before. May ask the server for
       * the key that it was signed with.
       */
      readonly objectionToIdToken?: (deadlineAt: number) => Promise<IdTokenObjection | undefined>
    }
  /** The server has ended the grant (`invalid_grant`). */
  | { readonly kind: 'grant-ended' }
  /** The refreshed ID token is not of this session: `tokens` are of no use but to be revoked. */
  | { readonly kind: 'id-token-wrong'; readonly cause: Cause; readonly tokens: TokenSet }
  | { readonly kind: 'unavailable'; readonly failure: AuthorizationServerUnavailable }

/** Why a refreshed ID token is not used. */
export interface IdTokenObjection {
  /** `wrong`: it is not of this session. `unusable`: nothing is known against it. */
  readonly kind: 'wrong' | 'unusable'
  readonly cause: Cause
}

export type LogoutTokenRefusal =
  | { readonly code: 'logout-token-invalid'; readonly cause: Cause }
  | AuthorizationServerUnavailable

export interface EndSessionRequest {
  /** Absent if there was no session. */
  readonly idToken?: string
  readonly state: string
}

export interface AuthorizationRequest {
  readonly state: string
  readonly nonce: string
  readonly codeChallenge: string
  readonly redirectUri: string
  readonly options: Pick<LoginOptions, 'maxAgeSeconds' | 'passedThrough'>
}

export interface CodeRedemption {
  readonly code: string
  readonly state: string
  readonly responseIssuer: string | undefined
  readonly codeVerifier: string
  readonly redirectUri: string
  readonly nonce: string
  readonly maxAgeSeconds: number | undefined
}

export interface RedeemedCode {
  readonly subject: string
  readonly claims: Claims
  readonly tokens: TokenSet
}
