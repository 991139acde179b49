import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Keeps, for the whole run, every line that was logged and every secret that occurred. The log scan, which runs
 * last, looks for the second in the first.
 */
const LOG_FILE = 'log.txt'
const SECRETS_FILE = 'secrets.txt'
/** Shorter values would be found by chance. */
const SHORTEST_SECRET = 16

export function witnessLog(text: string): void {
  append(LOG_FILE, text.endsWith('\n') ? text : `${text}\n`)
}

export function witnessSecrets(values: Iterable<unknown>): void {
  const secrets = [...values].filter((value) => typeof value === 'string' && value.length >= SHORTEST_SECRET)
  for (const secret of secrets) append(SECRETS_FILE, `${JSON.stringify(secret)}\n`)
}

const SECRET_NAMES = [
  ...['code', 'state', 'nonce', 'code_verifier', 'client_secret', 'refresh_token', 'token', 'login_hint'],
  ...['logout_token', 'id_token_hint'],
]
const SECRET_MEMBERS = ['access_token', 'refresh_token', 'id_token', 'code', 'state']

/** Secrets in a query, a form, or a URL's query. */
export function witnessParameters(parameters: URLSearchParams): void {
  witnessSecrets([...parameters].filter(([name]) => SECRET_NAMES.includes(name)).map(([, value]) => value))
}

/** Secrets in a JSON body, such as a token response. */
export function witnessJson(text: string): void {
  try {
    const body = JSON.parse(text) as { [name: string]: unknown }
    // The `code` of a problem is no authorization code.
    if (body.type === 'about:blank') return
    witnessSecrets(SECRET_MEMBERS.map((name) => body[name]))
  } catch {
    witnessParameters(new URLSearchParams(text))
  }
}

/** Values of Cookie pairs or Set-Cookie headers. */
export function witnessCookies(cookies: readonly string[]): void {
  witnessSecrets(cookies.map((cookie) => /^[^=]*=([^;]*)/.exec(cookie)?.[1]))
}

export function readWitness(): { readonly log: string; readonly secrets: ReadonlySet<string> } {
  const lines = read(SECRETS_FILE).split('\n')
  const secrets = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as string)
  return { log: read(LOG_FILE), secrets: new Set(secrets) }
}

function append(file: string, text: string): void {
  appendFileSync(join(folder(), file), text)
}

function read(file: string): string {
  return readFileSync(join(folder(), file), 'utf8')
}

function folder(): string {
  const path = process.env.WITNESS_FOLDER
  if (path === undefined)
    throw new Error('WITNESS_FOLDER is not set: run the tests through vitest.config.ts.')
  return path
}
