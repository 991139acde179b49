import {
  CLIENT_AUTHENTICATION_METHODS,
  type ClientAuthenticationMethod,
} from '../adapters/authorization-server/client-authentication.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { resolveReturnTo } from '../domain/return-to.ts'
import * as rule from './setting-rules.ts'
import {
  createSettingsReader,
  describeProblems,
  type Environment,
  type SettingProblem,
} from './settings-reader.ts'

/** Everything that can be configured. `docs/configuration.md` describes each setting. */
export interface Settings {
  readonly publicOrigin: string
  readonly basePath: string
  readonly issuer: string
  readonly clientId: string
  readonly clientAuthentication: ClientAuthenticationMethod
  readonly clientSecret: { readonly arn: string } | { readonly value: string }
  /** Undefined: the default scope, which depends on what the server supports. */
  readonly scope: string | undefined
  readonly redirectUri: string
  readonly responseMode: 'query' | 'form_post'
  readonly postLogoutRedirectUri: string
  readonly errorPath: string | undefined
  readonly sessionIdleSeconds: number
  readonly sessionAbsoluteSeconds: number
  readonly claims: readonly string[]
  readonly trustedAudiences: readonly string[]
  readonly idTokenAlgorithms: readonly string[]
  readonly authorizationServerTimeoutMilliseconds: number
  readonly loginTable: string
  readonly sessionTable: string
}

/** Paths that belong to the BFF and never to the application. */
export function ownPaths(settings: Pick<Settings, 'basePath'>): readonly string[] {
  return [settings.basePath, '/api']
}

/**
 * Reads the whole configuration from environment variables. Nothing is used before everything is sound; every
 * problem is reported, each with the name of its setting and never with a value.
 */
export function readSettings(environment: Environment): Result<Settings, readonly SettingProblem[]> {
  const read = createSettingsReader(environment)
  const publicOrigin = read.required('BFF_PUBLIC_ORIGIN', rule.origin)
  const basePath = read.optional('BFF_BASE_PATH', rule.basePath, '/bff')
  const settings: Settings = {
    ...readAddresses(read, publicOrigin, basePath),
    ...readClient(read),
    clientSecret: readClientSecret(read, environment),
    ...readSessionRules(read),
    loginTable: read.required('BFF_LOGIN_TABLE', rule.tableName),
    sessionTable: read.required('BFF_SESSION_TABLE', rule.tableName),
  }
  read.problems.push(...contradictions(settings, read.isSound))
  return read.problems.length === 0 ? ok(settings) : fail(read.problems)
}

type Reader = ReturnType<typeof createSettingsReader>

function readAddresses(read: Reader, publicOrigin: string, basePath: string) {
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

function readClient(read: Reader) {
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

function readSessionRules(read: Reader) {
  const idle = rule.wholeNumber(60, 30 * DAY)
  const absolute = rule.wholeNumber(60, 400 * DAY)
  return {
    sessionIdleSeconds: read.optional('BFF_SESSION_IDLE_SECONDS', idle, 1800),
    sessionAbsoluteSeconds: read.optional('BFF_SESSION_ABSOLUTE_SECONDS', absolute, 28_800),
    claims: read.optional('BFF_CLAIMS', rule.list(rule.visibleText), DEFAULT_CLAIMS),
  }
}

/** @throws Error with every problem, one a line: a function that is not fully configured must not start. */
export function settingsOrThrow(environment: Environment): Settings {
  const settings = readSettings(environment)
  if (settings.ok) return settings.value
  throw new Error(`The configuration is not usable.\n${describeProblems(settings.failure)}`)
}

const RESPONSE_MODES = ['query', 'form_post'] as const
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

/** In Lambda a secret never stands in the environment, where anyone who may read the function can read it. */
function readClientSecret(read: Reader, environment: Environment): Settings['clientSecret'] {
  const secretAllowed = !environment.AWS_LAMBDA_FUNCTION_NAME
  const isStored = Boolean(environment.BFF_CLIENT_SECRET_ARN)
  if (environment.BFF_CLIENT_SECRET && !secretAllowed) {
    const remedy = 'store the secret in Secrets Manager and set BFF_CLIENT_SECRET_ARN'
    read.problems.push({ name: 'BFF_CLIENT_SECRET', rule: `is for local runs only: ${remedy}` })
  }
  return isStored || !secretAllowed
    ? { arn: read.required('BFF_CLIENT_SECRET_ARN', rule.secretArn) }
    : { value: read.required('BFF_CLIENT_SECRET', rule.anyText) }
}

/** Settings that are wrong together. One that could not be read is not blamed a second time. */
function contradictions(settings: Settings, isSound: (...names: string[]) => boolean): SettingProblem[] {
  const problems: SettingProblem[] = []
  const { basePath, publicOrigin, errorPath } = settings
  if (settings.sessionIdleSeconds > settings.sessionAbsoluteSeconds) {
    problems.push({ name: 'BFF_SESSION_IDLE_SECONDS', rule: 'must not exceed BFF_SESSION_ABSOLUTE_SECONDS' })
  }
  if (!isSound('BFF_PUBLIC_ORIGIN', 'BFF_BASE_PATH')) return problems
  const isForm = settings.responseMode === 'form_post'
  const isOwnCallback = settings.redirectUri === `${publicOrigin}${basePath}/callback`
  if (isForm && !isOwnCallback && isSound('BFF_REDIRECT_URI')) {
    const rule = 'must be the callback endpoint if BFF_RESPONSE_MODE is form_post'
    problems.push({ name: 'BFF_REDIRECT_URI', rule })
  }
  const policy = { publicOrigin, ownPaths: ownPaths(settings) }
  if (errorPath !== undefined && !resolveReturnTo(errorPath, policy).ok) {
    problems.push({ name: 'BFF_ERROR_PATH', rule: 'must be a path of the application, not one of the BFF' })
  }
  return problems
}
