import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleAuthFunction } from '../../infra/bundling/auth-bundle.ts'
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

let folder: string
let server: ScriptedAuthorizationServer
let tables: TestTables
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auth-bundle-'))
  await bundleAuthFunction(join(folder, 'auth.mjs'))
  await writeFile(join(folder, 'invoke.mjs'), INVOKE)
  server = await startScriptedAuthorizationServer(testClock())
  tables = await createTestTables()
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

describe('the built bundle in a fresh Node 24 process', () => {
  it('answers a login event with a redirect and a login cookie, and stores the transaction', async () => {
    const { version, result } = await invokeBundle(eventOf('navigation'))

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
    const { result } = await invokeBundle(eventOf('fetch', { target: '/bff/session' }))

    expect(JSON.parse(String(result.body))).toEqual({ authenticated: false })
    expect(server.requests).toHaveLength(before)
  })

  it('refuses to start with wrong settings, naming each and no value', async () => {
    const wrong = { BFF_ISSUER: 'http://evil.example', BFF_CLIENT_ID: '', BFF_SESSION_IDLE_SECONDS: 'soon' }
    const failed = await invokeBundle(eventOf('navigation'), wrong).catch((error: Error) => error.message)

    for (const name of Object.keys(wrong)) expect(failed).toContain(`${name} `)
    expect(failed).not.toContain('evil.example')
  })

  it('keeps within its budget', async () => {
    const { size } = await stat(join(folder, 'auth.mjs'))
    process.stdout.write(`auth bundle: ${size} bytes minified, budget ${BUDGET_BYTES}\n`)
    expect(size).toBeLessThan(BUDGET_BYTES)
  })

  it('needs no require, which an ES module does not have', async () => {
    expect(await readFile(join(folder, 'auth.mjs'), 'utf8')).not.toContain('Dynamic require of')
  })
})

const INVOKE = `
import { handler } from './auth.mjs'
const event = JSON.parse(process.argv[2])
const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 29000 }
const result = await handler(event, context)
process.stdout.write('\\n' + JSON.stringify({ version: process.version, result }))
`

interface Invocation {
  readonly version: string
  readonly result: APIGatewayProxyStructuredResultV2
}

async function invokeBundle(
  event: APIGatewayProxyEventV2,
  changes: Record<string, string> = {},
): Promise<Invocation> {
  const env = {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
    ...environmentWith(server, tables),
    ...changes,
  }
  const args = [join(folder, 'invoke.mjs'), JSON.stringify(event)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  const [answer = '', ...log] = stdout.split('\n').reverse()
  witnessLog(log.join('\n'))
  return JSON.parse(answer) as Invocation
}
