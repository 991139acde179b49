import { type ClientAuth, ClientSecretBasic, ClientSecretPost } from 'oauth4webapi'

export const CLIENT_AUTHENTICATION_METHODS = ['client_secret_post', 'client_secret_basic'] as const
export type ClientAuthenticationMethod = (typeof CLIENT_AUTHENTICATION_METHODS)[number]

/**
 * How this confidential client authenticates, one method per request.
 * @see RFC 6749 section 2.3.1
 */
export function clientAuthentication(method: ClientAuthenticationMethod, clientSecret: string): ClientAuth {
  return method === 'client_secret_basic' ? ClientSecretBasic(clientSecret) : ClientSecretPost(clientSecret)
}
