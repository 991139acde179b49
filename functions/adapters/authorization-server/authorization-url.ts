import { requestedScope } from '../../domain/scope.ts'
import type { AuthorizationRequest } from '../../flows/authorization-server.ts'
import { type Audience, audienceParameters } from './audience.ts'
import type { UsableMetadata } from './metadata.ts'

export interface AuthorizationUrlSettings {
  readonly clientId: string
  readonly scope: string | undefined
  readonly responseMode: 'query' | 'form_post'
  readonly audience: Audience
}

/**
 * The URL of an authorization request. What the application passed through comes first, so that it can never
 * replace what we say.
 * @see OpenID Connect Core 1.0 section 3.1.2.1
 */
export function authorizationUrl(
  metadata: UsableMetadata,
  settings: AuthorizationUrlSettings,
  request: AuthorizationRequest,
): string {
  const url = new URL(metadata.authorization_endpoint)
  const ours = {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: request.redirectUri,
    scope: requestedScope(settings.scope, metadata.scopes_supported),
    state: request.state,
    nonce: request.nonce,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    ...audienceParameters(settings.audience),
    ...(settings.responseMode === 'query' ? {} : { response_mode: settings.responseMode }),
    ...(request.options.maxAgeSeconds === undefined
      ? {}
      : { max_age: String(request.options.maxAgeSeconds) }),
  }
  for (const [name, value] of Object.entries({ ...request.options.passedThrough, ...ours })) {
    url.searchParams.set(name, value)
  }
  return url.href
}
