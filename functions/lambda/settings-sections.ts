import { CLIENT_AUTHENTICATION_METHODS } from '../adapters/authorization-server/client-authentication.ts'
import { LOGOUT_STYLES } from '../adapters/authorization-server/end-session-url.ts'
import * as rule from './setting-rules.ts'
import type { createSettingsReader, Environment } from './settings-reader.ts'

type Reader = ReturnType<typeof createSettingsReader>

export function readAddresses(read: Reader, publicOrigin: string, basePath: string) {
  const responseMode = rule.oneOf(RESPONSE_MODES)
  const callback = `${publicOrigin}${basePath}/callback`
  return {
    publicOrigin,
    basePath,
    issuer: read.required('BFF_ISSUER', rule.issuer),
    redirectUri: read.optional('BFF_REDIRECT_URI', rule.absoluteUrl, callback),
    responseMode: read.optional('BFF_RESPONSE_MODE', responseMode, RESPONSE_MODES[0]),
    postLogoutRedirectUri: read.optional(
      'BFF_POST_LOGOUT_REDIRECT_URI',
      rule.absoluteUrl,
      `${publicOrigin}/`,
    ),
    errorPath: read.optional('BFF_ERROR_PATH', rule.path, undefined),
  }
}

export function readClient(read: Reader) {
  const method = rule.oneOf(CLIENT_AUTHENTICATION_METHODS)
  const algorithms = rule.list(rule.oneOf([...ASYMMETRIC_ALGORITHMS, ...HMAC_ALGORITHMS]))
  const timeout = rule.wholeNumber(100, 8000)
  return {
    clientId: read.required('BFF_CLIENT_ID', rule.visibleText),
    clientAuthentication: read.optional('BFF_CLIENT_AUTH', method, 'client_secret_post'),
    scope: read.optional('BFF_SCOPE', rule.scope, undefined),
    trustedAudiences: read.optional('BFF_TRUSTED_AUDIENCES', rule.list(rule.visibleText), []),
    idTokenAlgorithms: read.optional('BFF_ID_TOKEN_ALGS', algorithms, ASYMMETRIC_ALGORITHMS),
    authorizationServerTimeoutMilliseconds: read.optional(
      'BFF_AUTHORIZATION_SERVER_TIMEOUT_MS',
      timeout,
      5000,
    ),
  }
}

export function readSessionRules(read: Reader) {
  const idle = rule.wholeNumber(60, 30 * DAY)
  const absolute = rule.wholeNumber(60, 400 * DAY)
  return {
    sessionIdleSeconds: read.optional('BFF_SESSION_IDLE_SECONDS', idle, 1800),
    sessionAbsoluteSeconds: read.optional('BFF_SESSION_ABSOLUTE_SECONDS', absolute, 28_800),
    sessionsValidFrom: read.optional('BFF_SESSIONS_VALID_FROM', rule.instant, 0),
    withoutRefreshToken: read.optional(
      'BFF_NO_REFRESH_TOKEN',
      rule.oneOf(WITHOUT_REFRESH_TOKEN),
      WITHOUT_REFRESH_TOKEN[0],
    ),
    claims: read.optional('BFF_CLAIMS', rule.list(rule.visibleText), DEFAULT_CLAIMS),
  }
}

export function readLogoutRules(read: Reader) {
  const switches = rule.oneOf(['on', 'off'] as const)
  return {
    logoutStyle: read.optional('BFF_LOGOUT_STYLE', rule.oneOf(LOGOUT_STYLES), LOGOUT_STYLES[0]),
    clearSiteData: read.optional('BFF_CLEAR_SITE_DATA', rule.list(rule.oneOf(CLEARABLE_SITE_DATA)), []),
    backchannelLogout: read.optional('BFF_BACKCHANNEL_LOGOUT', switches, 'auto' as const),
    logoutTokenType: read.optional(
      'BFF_LOGOUT_TOKEN_TYP',
      rule.oneOf(['strict', 'lenient'] as const),
      'lenient',
    ),
  }
}

/** In Lambda a secret never stands in the environment, where anyone who may read the function can read it. */
export function readClientSecret(
  read: Reader,
  environment: Environment,
): { arn: string } | { value: string } {
  const secretAllowed = refuseSecretInLambda(read, environment, 'BFF_CLIENT_SECRET')
  const isStored = Boolean(environment.BFF_CLIENT_SECRET_ARN)
  return isStored || !secretAllowed
    ? { arn: read.required('BFF_CLIENT_SECRET_ARN', rule.secretArn) }
    : { value: read.required('BFF_CLIENT_SECRET', rule.anyText) }
}

/** The same for the secret that keeps subjects unreadable in the index. */
export function readIndexSecret(
  read: Reader,
  environment: Environment,
): { arn: string } | { value: string } | undefined {
  const secretAllowed = refuseSecretInLambda(read, environment, 'BFF_INDEX_SECRET')
  const arn = read.optional('BFF_INDEX_SECRET_ARN', rule.secretArn, undefined)
  const value = secretAllowed ? read.optional('BFF_INDEX_SECRET', rule.secretText, undefined) : undefined
  if (arn !== undefined) return { arn }
  return value === undefined ? undefined : { value }
}

function refuseSecretInLambda(read: Reader, environment: Environment, name: string): boolean {
  const secretAllowed = !environment.AWS_LAMBDA_FUNCTION_NAME
  if (environment[name] && !secretAllowed) {
    const remedy = `store the secret in Secrets Manager and set ${name}_ARN`
    read.problems.push({ name, rule: `is for local runs only: ${remedy}` })
  }
  return secretAllowed
}

const RESPONSE_MODES = ['query', 'form_post'] as const
const WITHOUT_REFRESH_TOKEN = ['until-access-token-expires', 'until-session-limits'] as const
/** All but `cookies`, which would clear those of sibling hosts. */
const CLEARABLE_SITE_DATA = [
  'cache',
  'clientHints',
  'executionContexts',
  'prefetchCache',
  'prerenderCache',
  'storage',
]
const DAY = 24 * 60 * 60

const DEFAULT_CLAIMS = [
  'sub',
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'email',
  'email_verified',
  'picture',
  'locale',
  'auth_time',
  'acr',
  'amr',
]

const ASYMMETRIC_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
]
const HMAC_ALGORITHMS = ['HS256', 'HS384', 'HS512']
