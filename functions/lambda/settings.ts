import type { Audience } from '../adapters/authorization-server/audience.ts'
import type { ClientAuthenticationMethod } from '../adapters/authorization-server/client-authentication.ts'
import type { LogoutStyle } from '../adapters/authorization-server/end-session-url.ts'
import { API_PATH } from '../domain/api-path.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { resolveReturnTo } from '../domain/return-to.ts'
import type { Upstream } from '../domain/upstream.ts'
import * as rule from './setting-rules.ts'
import {
  createSettingsReader,
  describeProblems,
  type Environment,
  type SettingProblem,
} from './settings-reader.ts'
import {
  readAddresses,
  readClient,
  readClientSecret,
  readIndexSecret,
  readLogoutRules,
  readSessionRules,
} from './settings-sections.ts'
import { readUpstreams } from './upstream-setting.ts'

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
  readonly logoutStyle: LogoutStyle
  /** What a browser is told to clear at logout. */
  readonly clearSiteData: readonly string[]
  readonly backchannelLogout: 'on' | 'off' | 'auto'
  readonly logoutTokenType: 'strict' | 'lenient'
  /** Undefined: it is derived from the client secret, and changes with it. */
  readonly indexSecret: { readonly arn: string } | { readonly value: string } | undefined
  readonly upstreams: readonly Upstream[]
  readonly audience: Audience
  readonly sessionIdleSeconds: number
  readonly sessionAbsoluteSeconds: number
  /** Epoch seconds: sessions opened before have ended. */
  readonly sessionsValidFrom: number
  readonly withoutRefreshToken: 'until-access-token-expires' | 'until-session-limits'
  readonly claims: readonly string[]
  readonly trustedAudiences: readonly string[]
  readonly idTokenAlgorithms: readonly string[]
  readonly authorizationServerTimeoutMilliseconds: number
  readonly loginTable: string
  readonly sessionTable: string
}

/** Paths that belong to the BFF and never to the application. */
export function ownPaths(settings: Pick<Settings, 'basePath'>): readonly string[] {
  return [settings.basePath, API_PATH]
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
    ...readLogoutRules(read),
    indexSecret: readIndexSecret(read, environment),
    ...readUpstreams(read, environment, 'BFF_UPSTREAMS'),
    loginTable: read.required('BFF_LOGIN_TABLE', rule.tableName),
    sessionTable: read.required('BFF_SESSION_TABLE', rule.tableName),
  }
  read.problems.push(...contradictions(settings, read.isSound))
  return read.problems.length === 0 ? ok(settings) : fail(read.problems)
}

/** @throws Error with every problem, one a line: a function that is not fully configured must not start. */
export function settingsOrThrow(environment: Environment): Settings {
  const settings = readSettings(environment)
  if (settings.ok) return settings.value
  throw new Error(`The configuration is not usable.\n${describeProblems(settings.failure)}`)
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
