import { randomBytes } from 'node:crypto'
import { fail, ok, type Result } from '../functions/domain/result.ts'
import { readSettings, type Settings } from '../functions/lambda/settings.ts'
import type { Environment, SettingProblem } from '../functions/lambda/settings-reader.ts'

/** How a run on this machine differs from a deployed one. */
export interface LocalSettings {
  /** 0: any free port. */
  readonly port: number
  /** Undefined: the embedded one is started. */
  readonly dynamodbEndpoint: string | undefined
  readonly embedsAuthorizationServer: boolean
  /** What the functions are told, but for what is known only once the servers listen. */
  readonly environment: Environment
}

const DEFAULTS = { BFF_LOGIN_TABLE: 'LoginTransactions', BFF_SESSION_TABLE: 'Sessions' }

/** The issuer is a stand-in, so that all settings can be checked before the embedded server has a port. */
function embeddedDefaults() {
  const secret = randomBytes(24).toString('base64url')
  return { BFF_ISSUER: 'http://127.0.0.1', BFF_CLIENT_ID: 'demo-spa-bff', BFF_CLIENT_SECRET: secret }
}

/** Reads and checks everything before anything starts; reports every problem. */
export function readLocalSettings(
  environment: Environment,
): Result<LocalSettings, readonly SettingProblem[]> {
  const problems: SettingProblem[] = []
  const port = Number(environment.PORT || '3000')
  if (!/^\d{0,5}$/.test(environment.PORT ?? '') || port > 65535) {
    problems.push({ name: 'PORT', rule: 'must be a whole number from 0 to 65535' })
  }
  const dynamodbEndpoint = environment.AWS_ENDPOINT_URL_DYNAMODB || undefined
  if (dynamodbEndpoint !== undefined && !URL.canParse(dynamodbEndpoint)) {
    problems.push({ name: 'AWS_ENDPOINT_URL_DYNAMODB', rule: 'must be an absolute URL' })
  }
  const embedsAuthorizationServer = !environment.BFF_ISSUER
  const embedded = embedsAuthorizationServer ? embeddedDefaults() : {}
  const complete = { ...DEFAULTS, ...embedded, ...withoutEmpty(environment) }
  const checked = localSettings(complete, port)
  if (!checked.ok) problems.push(...checked.failure)
  if (problems.length > 0) return fail(problems)
  return ok({ port, dynamodbEndpoint, embedsAuthorizationServer, environment: complete })
}

/** The functions' settings, once the port is known. */
export function localSettings(
  environment: Environment,
  port: number,
): Result<Settings, readonly SettingProblem[]> {
  return readSettings({
    BFF_PUBLIC_ORIGIN: `http://localhost:${port}`,
    ...environment,
    AWS_LAMBDA_FUNCTION_NAME: undefined,
  })
}

/** `BFF_UPSTREAMS` of a run that brings its own API. */
export function demoUpstream(port: number): string {
  return JSON.stringify([{ name: 'demo', target: `http://127.0.0.1:${port}`, methods: ['GET', 'POST'] }])
}

function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}
