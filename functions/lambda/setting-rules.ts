import { isHttpsOrLoopback } from '../domain/origin.ts'

/** Parses one setting, or answers undefined; `expects` completes the sentence "<name> must be …". */
export interface SettingRule<T> {
  readonly expects: string
  parse(text: string): T | undefined
}

const matching = (form: RegExp, expects: string): SettingRule<string> => ({
  expects,
  parse: (text) => (form.test(text) ? text : undefined),
})

// The URL parser repairs what is not spelled out; what is compared byte for byte must need no repair.
const SPELLED_OUT = /^https?:\/\/[!-[\]-~]+$/

const url = (expects: string, admits: (url: URL, text: string) => boolean): SettingRule<string> => ({
  expects,
  parse: (text) => {
    const parsed = SPELLED_OUT.test(text) ? URL.parse(text) : null
    return parsed !== null && isHttpsOrLoopback(parsed) && admits(parsed, text) ? text : undefined
  },
})

const SCHEME = 'https (or http on a loopback host)'

export const origin = url(
  `an origin with ${SCHEME} and no path, such as https://app.example.com`,
  (parsed, text) => {
    return parsed.origin === text
  },
)

export const issuer = url(`an issuer identifier with ${SCHEME}, no query and no fragment`, (parsed, text) => {
  return !/[?#]/.test(text) && parsed.username === '' && parsed.password === ''
})

export const absoluteUrl = url(`an absolute URL with ${SCHEME} and no fragment`, (parsed, text) => {
  return !text.includes('#') && parsed.username === '' && parsed.password === ''
})

export const basePath = matching(
  /^(?!\/api(?:\/|$))(?:\/[A-Za-z0-9_-]+)+$/,
  'a path such as /bff, and not /api',
)
export const path = matching(/^\/[\x21-\x7e]*$/, 'a path that begins with a slash')
export const visibleText = matching(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'visible ASCII text')
export const anyText: SettingRule<string> = { expects: 'text', parse: (text) => text }
export const secretText = matching(/^.{16,}$/s, 'at least 16 characters')
export const tableName = matching(/^[A-Za-z0-9_.-]{3,255}$/, 'the name of a DynamoDB table')
export const secretArn = matching(
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/,
  'the ARN of a secret',
)

export const scope: SettingRule<string> = {
  expects: 'scope values separated by single spaces, openid among them',
  parse: (text) =>
    /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/.test(text) && text.split(' ').includes('openid') ? text : undefined,
}

const EARLIEST_INSTANT = 1_000_000_000
const DAY_SECONDS = 24 * 60 * 60

/** Epoch seconds, or RFC 3339 in UTC. One that is far ahead is a slip of the pen. */
export const instant: SettingRule<number> = {
  expects: 'an instant at most a day ahead: epoch seconds, or UTC such as 2026-01-31T12:00:00Z',
  parse: (text) => {
    const isUtc = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text)
    const seconds = isUtc ? Date.parse(text) / 1000 : /^\d{10}$/.test(text) ? Number(text) : Number.NaN
    const latest = Date.now() / 1000 + DAY_SECONDS
    return seconds >= EARLIEST_INSTANT && seconds <= latest ? seconds : undefined
  },
}

export function oneOf<T extends string>(values: readonly T[]): SettingRule<T> {
  return { expects: `one of ${values.join(', ')}`, parse: (text) => values.find((value) => value === text) }
}

export function wholeNumber(least: number, most: number): SettingRule<number> {
  return {
    expects: `a whole number from ${least} to ${most}`,
    parse: (text) => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
      return value >= least && value <= most ? value : undefined
    },
  }
}

export function list<T>(item: SettingRule<T>): SettingRule<readonly T[]> {
  return {
    expects: `a comma-separated list, each item ${item.expects}`,
    parse: (text) => {
      const items = text.split(',').map((part) => item.parse(part.trim()))
      return items.includes(undefined) ? undefined : (items as T[])
    },
  }
}
