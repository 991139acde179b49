import { fail, ok, type Result } from '../functions/domain/result.ts'
import { readSettings } from '../functions/lambda/settings.ts'
import type { SettingProblem } from '../functions/lambda/settings-reader.ts'

/** What a team may set, as its CDK context names it. `docs/configuration.md` describes each setting. */
export const SETTING_KEYS = [
  ...['publicOrigin', 'issuer', 'clientId', 'clientSecretArn'],
  ...['basePath', 'clientAuth', 'scope', 'redirectUri', 'responseMode', 'postLogoutRedirectUri', 'errorPath'],
  ...['sessionIdleSeconds', 'sessionAbsoluteSeconds', 'sessionsValidFrom', 'noRefreshToken', 'upstreams'],
  ...['logoutStyle', 'clearSiteData', 'backchannelLogout', 'logoutTokenTyp'],
  ...['claims', 'trustedAudiences', 'idTokenAlgs', 'authorizationServerTimeoutMs'],
]

export interface DeployableSettings {
  /** The settings that were given, as environment variables of the function. */
  readonly variables: Readonly<Record<string, string>>
  readonly basePath: string
  readonly clientSecretArn: string
  /** The keys that still hold an example value. */
  readonly examples: readonly string[]
}

/** The environment variable of a setting: `publicOrigin` becomes `BFF_PUBLIC_ORIGIN`. */
export function variableOf(key: string): string {
  return `BFF_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`
}

/**
 * Reads the settings of a stack by the rules of the functions, and by those that only a deployment has. Every
 * problem is reported, each with the key of its setting and never with a value.
 */
export function readDeployableSettings(
  valueFor: (key: string) => unknown,
): Result<DeployableSettings, readonly SettingProblem[]> {
  const values = READ_KEYS.map((key) => ({ key, value: valueFor(key) ?? '' }))
  const given = values.filter(({ value }) => value !== '')
  const texts = given.map(({ key, value }): SettingText => ({ key, text: textOf(value) }))
  const variables = Object.fromEntries(texts.map(({ key, text }) => [variableOf(key), text]))
  const settings = readSettings({ ...variables, ...UNTIL_DEPLOYMENT })

  const own = [...given.flatMap(typeProblems), ...texts.flatMap(deploymentProblems)]
  const shared = settings.ok ? [] : settings.failure.map(byKey)
  const problems = [...shared.filter(({ name }) => own.every((problem) => problem.name !== name)), ...own]
  if (!settings.ok || problems.length > 0) return fail(problems)
  return ok({
    variables,
    basePath: settings.value.basePath,
    clientSecretArn: variables[variableOf('clientSecretArn')] ?? '',
    examples: texts.filter(({ text }) => EXAMPLE.test(text)).map(({ key }) => key),
  })
}

interface SettingText {
  readonly key: string
  readonly text: string
}

/** The secret itself is read only to be refused: whatever is in the context ends up in the template. */
const READ_KEYS = [...SETTING_KEYS, 'clientSecret']

/** Stands for what only a deployment knows, and says that this is one. */
const UNTIL_DEPLOYMENT = {
  BFF_LOGIN_TABLE: 'named-by-cloudformation',
  BFF_SESSION_TABLE: 'named-by-cloudformation',
  AWS_LAMBDA_FUNCTION_NAME: 'named-by-cloudformation',
}

/** A host that is reserved for examples, the account of AWS's own examples, or the identifier in `cdk.json`. */
const EXAMPLE =
  /^https:\/\/(?:[^/]*\.)?example(?:\.(?:com|net|org))?(?=[/:]|$)|:111122223333:|^example-client$/

const PUBLIC_URLS = ['publicOrigin', 'issuer', 'redirectUri', 'postLogoutRedirectUri']

/** A shorter ARN names the secret only by a pattern, which other secrets may match too. */
const COMPLETE_SECRET_ARN = /:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/

/** Upstreams stand in cdk.json as JSON, and on the command line as its text. */
function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function typeProblems({ key, value }: { readonly key: string; readonly value: unknown }): SettingProblem[] {
  const isText = typeof value === 'string' || typeof value === 'number'
  const isUpstreams = typeof value === 'object' && key === 'upstreams'
  return isText || isUpstreams ? [] : [{ name: key, rule: 'must be text or a number' }]
}

function deploymentProblems({ key, text }: SettingText): SettingProblem[] {
  if (PUBLIC_URLS.includes(key)) return plainHttpProblems(key, text)
  if (key === 'upstreams') {
    return targetsIn(text).flatMap((target, index) => plainHttpProblems(`${key}[${index}].target`, target))
  }
  if (key === 'clientSecretArn' && !COMPLETE_SECRET_ARN.test(text)) {
    return [{ name: key, rule: 'must be the complete ARN of a secret, with the six characters at its end' }]
  }
  return []
}

function plainHttpProblems(name: string, url: unknown): SettingProblem[] {
  const isPlain = typeof url === 'string' && URL.parse(url)?.protocol === 'http:'
  return isPlain ? [{ name, rule: 'must begin with https: plain http is for local runs only' }] : []
}

/** Targets of whatever looks like an upstream; what does not is the reader's to refuse. */
function targetsIn(upstreams: string): unknown[] {
  try {
    const entries: unknown = JSON.parse(upstreams)
    return Array.isArray(entries) ? entries.map((entry) => entry?.target) : []
  } catch {
    return []
  }
}

/** Speaks of settings by their keys, as whoever reads the problem has written them. */
function byKey({ name, rule }: SettingProblem): SettingProblem {
  return { name: name.replace(VARIABLES, keyIn), rule: rule.replace(VARIABLES, keyIn) }
}

const VARIABLES = /BFF_[A-Z_]+/g

function keyIn(variable: string): string {
  return READ_KEYS.find((key) => variableOf(key) === variable) ?? variable
}
