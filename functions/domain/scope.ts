const DEFAULT_SCOPE = 'openid profile email'

/**
 * The scope of an authorization request: as configured, else the default with `offline_access`, unless the server
 * lists its scopes and that is not among them (Amazon Cognito and Google refuse it).
 * @see OpenID Connect Core 1.0 section 11
 */
export function requestedScope(
  configured: string | undefined,
  supported: readonly string[] | undefined,
): string {
  if (configured !== undefined) return configured
  const offlineAccess = supported === undefined || supported.includes('offline_access')
  return offlineAccess ? `${DEFAULT_SCOPE} offline_access` : DEFAULT_SCOPE
}
