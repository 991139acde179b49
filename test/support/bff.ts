import type { TableNames } from '../../dev/dynamodb.ts'
import { createJsonLog } from '../../functions/adapters/telemetry/json-log.ts'
import type { LogEntry } from '../../functions/flows/ports.ts'
import { createAuthHandler } from '../../functions/lambda/auth-handler.ts'
import { compose } from '../../functions/lambda/composition.ts'
import { settingsOrThrow } from '../../functions/lambda/settings.ts'
import { type TestClock, testClock } from './clock.ts'
import { createTestTables, type TestTables } from './dynamodb.ts'
import {
  CLIENT,
  type ScriptedAuthorizationServer,
  startScriptedAuthorizationServer,
} from './scripted-authorization-server.ts'
import { type Answer, createVisitor, PUBLIC_ORIGIN, type Visitor } from './visitor.ts'
import { witnessLog, witnessSecrets } from './witness.ts'

export interface BffOptions {
  readonly environment?: { readonly [name: string]: string }
  readonly tables?: TestTables
  readonly clock?: TestClock
  readonly server?: ScriptedAuthorizationServer
}

export type TestBff = Awaited<ReturnType<typeof startBff>>

/** The real handler on a real engine, with an authorization server that can be scripted and a clock that can be moved. */
export async function startBff(options: BffOptions = {}) {
  const clock = options.clock ?? testClock()
  const server = options.server ?? (await startScriptedAuthorizationServer(clock))
  const tables = options.tables ?? (await createTestTables())
  const settings = settingsOrThrow({ ...environmentWith(server, tables), ...options.environment })
  witnessSecrets([CLIENT.secret])
  const log: LogEntry[] = []
  const write = createJsonLog(witnessLog)
  const record = (entry: LogEntry) => {
    log.push(entry)
    write(entry)
  }
  const deps = compose(settings, { clock, dynamodb: tables.client, log: record })
  const handler = createAuthHandler(deps)
  return { clock, server, tables, settings, deps, handler, log, newVisitor: () => createVisitor(handler) }
}

/** What a BFF is told so that it uses this server and these tables. */
export function environmentWith(
  server: Pick<ScriptedAuthorizationServer, 'issuer'>,
  tables: TableNames,
): Record<string, string> {
  return {
    BFF_PUBLIC_ORIGIN: PUBLIC_ORIGIN,
    BFF_ISSUER: server.issuer,
    BFF_CLIENT_ID: CLIENT.id,
    BFF_CLIENT_SECRET: CLIENT.secret,
    BFF_LOGIN_TABLE: tables.loginTable,
    BFF_SESSION_TABLE: tables.sessionTable,
  }
}

export interface BegunLogin {
  readonly authorizationUrl: string
  readonly state: string
  /** Target of the redirect back from the authorization server. */
  readonly callbackTarget: string
  readonly parameters: { readonly code: string; readonly state: string }
}

/** The visitor begins a login and logs in at the authorization server, but has not come back yet. */
export async function beginLogin(bff: TestBff, visitor: Visitor, query = ''): Promise<BegunLogin> {
  const { location } = await visitor.navigate(`/bff/login${query}`)
  return userLogsIn(bff, location)
}

export function userLogsIn({ server }: TestBff, authorizationUrl: string): BegunLogin {
  const state = new URL(authorizationUrl).searchParams.get('state') ?? ''
  const parameters = { code: server.issueCode(authorizationUrl), state }
  return {
    authorizationUrl,
    state,
    parameters,
    callbackTarget: `/bff/callback?${new URLSearchParams(parameters)}`,
  }
}

/** A whole login in redirect mode. The browser comes from another site, so its Strict cookie stays away. */
export async function logIn(bff: TestBff, visitor: Visitor, query = ''): Promise<Answer> {
  const { callbackTarget } = await beginLogin(bff, visitor, query)
  return visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
}

/** What a browser sends when the authorization server redirects it back: no Strict cookie. */
export function fromAuthorizationServer({ jar }: Visitor) {
  const cookies = [...jar]
    .filter(([name]) => name.includes('-login-'))
    .map(([name, value]) => `${name}=${value}`)
  return { cookies, headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-user': undefined } }
}
