import type { TokenEndpointResponse } from 'oauth4webapi'
import { isJsonObject, type JsonObject } from '../../domain/json-members.ts'
import type { AccessToken, TokenSet } from '../../domain/session.ts'
import { type Audience, audienceName } from './audience.ts'

/** Tells a token endpoint that failed from one that sent a wrong ID token. */
export async function isTokenResponse(response: Response): Promise<boolean> {
  if (response.status !== 200) return false
  const { access_token, token_type, expires_in, scope, refresh_token } = (await bodyOf(response)) ?? {}
  return (
    isText(access_token) &&
    isText(token_type) &&
    /^(?:bearer|dpop)$/i.test(token_type) &&
    (refresh_token === undefined || isText(refresh_token)) &&
    (scope === undefined || typeof scope === 'string') &&
    (expires_in === undefined || Number.parseFloat(String(expires_in)) >= 0)
  )
}

/** The JSON object in a response, which stays to be read; undefined if it holds none. */
export async function bodyOf(response: Response): Promise<JsonObject | undefined> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  return isJsonObject(body) ? body : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/**
 * The tokens of a session after this response.
 * @param before what holds where the response is silent: at a refresh, the token set that was.
 */
export function tokenSet(
  response: TokenEndpointResponse,
  before: Pick<TokenSet, 'idToken' | 'refreshToken'> & { readonly scope?: string },
  { audience, now }: { readonly audience: Audience; readonly now: number },
): TokenSet {
  const { access_token: value, token_type: type, expires_in: lifetime } = response
  const scope = response.scope ?? before.scope
  const refreshToken = response.refresh_token ?? before.refreshToken
  const accessToken: AccessToken = {
    value,
    type: type as 'bearer' | 'dpop',
    receivedAt: now,
    ...(lifetime === undefined ? {} : { expiresAt: now + Math.floor(lifetime) }),
    ...(scope === undefined ? {} : { scope }),
  }
  return {
    accessTokens: { [audienceName(audience)]: accessToken },
    idToken: before.idToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
  }
}
