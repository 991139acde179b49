import type { EndSessionRequest } from '../../flows/authorization-server.ts'
import type { UsableMetadata } from './metadata.ts'

export const LOGOUT_STYLES = ['oidc', 'cognito'] as const
export type LogoutStyle = (typeof LOGOUT_STYLES)[number]

export interface EndSessionSettings {
  readonly clientId: string
  readonly postLogoutRedirectUri: string
  readonly logoutStyle: LogoutStyle
}

/** Longer URLs are cut or refused on the way; without the hint the server asks its user. */
const LONGEST_URL = 8000

/**
 * Where a browser logs out at the server.
 * @see OpenID Connect RP-Initiated Logout 1.0 section 2
 */
export function endSessionUrl(
  metadata: UsableMetadata,
  settings: EndSessionSettings,
  { idToken, state }: EndSessionRequest,
): string | undefined {
  if (settings.logoutStyle === 'cognito') return cognitoLogoutUrl(metadata, settings)
  if (metadata.end_session_endpoint === undefined) return undefined
  const parameters = {
    client_id: settings.clientId,
    post_logout_redirect_uri: settings.postLogoutRedirectUri,
    state,
  }
  const withHint = urlWith(metadata.end_session_endpoint, {
    ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    ...parameters,
  })
  return withHint.length <= LONGEST_URL ? withHint : urlWith(metadata.end_session_endpoint, parameters)
}

/** Amazon Cognito has an endpoint and parameters of its own. */
function cognitoLogoutUrl(
  { end_session_endpoint, authorization_endpoint }: UsableMetadata,
  { clientId, postLogoutRedirectUri }: EndSessionSettings,
): string {
  const endpoint = end_session_endpoint ?? new URL('/logout', authorization_endpoint).href
  return urlWith(endpoint, { client_id: clientId, logout_uri: postLogoutRedirectUri })
}

function urlWith(endpoint: string, parameters: Record<string, string>): string {
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}
