import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthorizerResult } from '../../functions/lambda/authorizer-answer.ts'
import { bundleFunction, ENTRIES, type FunctionName } from '../../infra/bundling/function-bundle.ts'
import { restApiEvent } from '../support/authorizer-events.ts'
import { environmentWith } from '../support/bff.ts'
import { testClock } from '../support/clock.ts'
import { createTestTables, type TestTables } from '../support/dynamodb.ts'
import { eventOf } from '../support/events.ts'
import {
  type ScriptedAuthorizationServer,
  startScriptedAuthorizationServer,
} from '../support/scripted-authorization-server.ts'
import { witnessCookies, witnessLog, witnessParameters } from '../support/witness.ts'

/** Minified bytes. A handler that only imports the stock DynamoDB client is as large. */
const BUDGET_BYTES = 330_000

const FUNCTIONS = Object.keys(ENTRIES) as FunctionName[]
/** 256 bits that no table knows. */
const STRANGE_COOKIE = `__Host-Http-session=${'B'.repeat(43)}`

let folder: string
let server: ScriptedAuthorizationServer
let tables: TestTables
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundles-'))
  for (const name of FUNCTIONS) await bundleFunction(name, join(folder, `${name}.mjs`))
  await writeFile(join(folder, 'invoke.mjs'), INVOKE)
  server = await startScriptedAuthorizationServer(testClock())
  tables = await createTestTables()
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

describe('the bundle of the auth function in a fresh Node 24 process', () => {
  it('answers a login event with a redirect and a login cookie, and stores the transaction', async () => {
    const { version, result } = await invokeBundle<HttpResult>('auth', eventOf('navigation'))

    expect(version).toMatch(/^v24\./)
    expect(result.statusCode).toBe(303)
    expect(result.cookies?.[0]).toMatch(/^__Host-Http-login-[\w-]{8}=[\w-]{43};/)
    const location = String(result.headers?.location)
    expect(location.startsWith(`${server.issuer}/authorize?response_type=code&`)).toBe(true)
    expect(await tables.items(tables.loginTable)).toHaveLength(1)
    witnessCookies(result.cookies ?? [])
    witnessParameters(new URL(location).searchParams)
  })

  it('answers a session event without asking the authorization server', async () => {
    const before = server.requests.length
    const { result } = await invokeBundle<HttpResult>('auth', eventOf('fetch', { target: '/bff/session' }))

    expect(JSON.parse(String(result.body))).toEqual({ authenticated: false })
    expect(server.requests).toHaveLength(before)
  })
})

describe('the bundle of the api function in a fresh Node 24 process', () => {
  it('looks the session of a call up, and answers as signed out if there is none', async () => {
    const event = eventOf('fetch', { target: '/api/orders/1', cookies: [STRANGE_COOKIE] })
    const { result } = await invokeBundle<HttpResult>('api', event)

    expect(result.statusCode).toBe(401)
    expect(JSON.parse(String(result.body))).toMatchObject({ code: 'session-required' })
  })
})

describe('the bundle of the authorizer in a fresh Node 24 process', () => {
  it('looks the session of a call up, and denies it if there is none', async () => {
    const event = restApiEvent({ cookies: [STRANGE_COOKIE] })
    await expect(invokeBundle<AuthorizerResult>('authorizer', event)).rejects.toThrow('Error: Unauthorized')
  })
})

describe.each(FUNCTIONS)('the bundle of %s', (name) => {
  it('refuses to start with wrong settings, naming each and no value', async () => {
    const wrong = { BFF_ISSUER: 'http://evil.example', BFF_CLIENT_ID: '', BFF_SESSION_IDLE_SECONDS: 'soon' }
    const failed = await invokeBundle(name, {}, wrong).catch((error: Error) => error.message)

    for (const setting of Object.keys(wrong)) expect(failed).toContain(`${setting} `)
    expect(failed).not.toContain('evil.example')
  })

  it('keeps within its budget', async () => {
    const { size } = await stat(join(folder, `${name}.mjs`))
    process.stdout.write(`${name} bundle: ${size} bytes minified, budget ${BUDGET_BYTES}\n`)
    expect(size).toBeLessThan(BUDGET_BYTES)
  })

  it('needs no require, which an ES module does not have', async () => {
    expect(await readFile(join(folder, `${name}.mjs`), 'utf8')).not.toContain('Dynamic require of')
  })
})

const INVOKE = `
const [, , bundle, event] = process.argv
const { handler } = await import('./' + bundle + '.mjs')
const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 10000 }
const result = await handler(JSON.parse(event), context)
process.stdout.write('\\n' + JSON.stringify({ version: process.version, result }))
`

type HttpResult = APIGatewayProxyStructuredResultV2

interface Invocation<Result> {
  readonly version: string
  readonly result: Result
}

async function invokeBundle<Result>(
  name: FunctionName,
  event: unknown,
  changes: Record<string, string> = {},
): Promise<Invocation<Result>> {
  const env = {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
    BFF_UPSTREAMS: '[{"name":"orders","target":"https://orders.acme.test"}]',
    ...environmentWith(server, tables),
    ...changes,
  }
  const args = [join(folder, 'invoke.mjs'), name, JSON.stringify(event)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  const [answer = '', ...log] = stdout.split('\n').reverse()
  witnessLog(log.join('\n'))
  return JSON.parse(answer) as Invocation<Result>
}
