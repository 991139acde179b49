import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type LocalAuthorizationServer,
  startAuthorizationServer,
} from '../../dev/authorization-server/authorization-server.ts'
import { listen, type RunningServer } from '../../dev/listen.ts'
import { createTestTables } from '../support/dynamodb.ts'
import { logInAtProvider } from '../support/provider-login.ts'
import { witnessCookies, witnessSecrets } from '../support/witness.ts'
import { ask, type Instance, type InstanceAnswer, startInstance } from './instances.ts'

const CLIENT = { clientId: 'the-bff', clientSecret: 'a secret between the two servers' }
const PUBLIC_ORIGIN = 'https://app.example.com'
const TOKEN_SECONDS = 30
const ROUNDS = 20
const CALLS = 200
/** Longer than any lease with the default time-outs. */
const LEASE_SECONDS = 20

let instances: Instance[] = []
let servers: RunningServer[] = []
/** Why calls failed, as the instances logged it. */
let failures: unknown[] = []
afterEach(async () => {
  await Promise.all([...instances, ...servers].map((running) => running.stop()))
  instances = []
  servers = []
  failures = []
})

describe(`${CALLS} API calls at once, over four processes that share nothing but the table`, () => {
  it(`cause one refresh and none of them fails, ${ROUNDS} times over [RF-04] [RF-02]`, async () => {
    const { server, refreshes } = await startProvider({ rotateRefreshToken: true })
    const { environment, tokensSeen } = await startSurroundings(server)
    await startInstances(4, environment)
    const cookie = await logIn()
    for (let round = 1; round <= ROUNDS; round += 1) {
      await Promise.all(instances.map((instance) => instance.order({ advanceSeconds: TOKEN_SECONDS })))
      const answers = await callAll(CALLS, cookie)
      expect({ counts: countsOf(answers), failures }).toEqual({ counts: { 200: CALLS }, failures: [] })
      expect(refreshes).toEqual({ granted: round, refused: 0 })
      expect(tokensSeen()).toBe(round)
    }
  })
})

describe('a process that is killed between the token response and the write', () => {
  it('costs the session where each use of a refresh token rotates it, and ends it cleanly [RF-08]', async () => {
    const { server } = await startProvider({ rotateRefreshToken: true })
    const { environment } = await startSurroundings(server)
    await startInstances(2, environment)
    const cookie = await logIn()
    await killInRefresh(cookie)

    const taken = await callAt(instances[1] as Instance, cookie)
    expect(taken).toMatchObject({ status: 401, cookies: [expect.stringContaining('Max-Age=0')] })
    expect(JSON.parse(taken.body)).toMatchObject({ code: 'session-required' })
    expect(await callAt(instances[1] as Instance, cookie)).toMatchObject({ status: 401, cookies: [] })
  })

  it('does not cost it where the server does not rotate: of all who come when the lease has ended, one refreshes [RF-03] [RF-09]', async () => {
    const { server, refreshes } = await startProvider({ rotateRefreshToken: false })
    const { environment } = await startSurroundings(server)
    await startInstances(2, environment)
    const cookie = await logIn()
    await killInRefresh(cookie)

    const { origin } = instances[1] as Instance
    const answers = await callAll(50, cookie, [origin])
    expect(countsOf(answers)).toEqual({ 200: 50 })
    expect(refreshes).toEqual({ granted: 2, refused: 0 })
  })
})

describe('a token endpoint that answers when nobody waits any more', () => {
  it.each([
    ['ends the session cleanly where it rotates [RF-08]', true, 401],
    ['costs nothing where it does not [RF-09]', false, 200],
  ])('%s', async (_, rotateRefreshToken, status) => {
    const { server } = await startProvider({ rotateRefreshToken })
    const { environment } = await startSurroundings(server)
    await startInstances(2, { ...environment, BFF_AUTHORIZATION_SERVER_TIMEOUT_MS: '1000' })
    const cookie = await logIn()
    const [first, second] = instances as [Instance, Instance]
    await Promise.all(instances.map((instance) => instance.order({ advanceSeconds: TOKEN_SECONDS })))

    const release = holdTokenResponses(server)
    const unheard = await callAt(first, cookie)
    expect(unheard).toMatchObject({ status: 503, cookies: [] })
    expect(JSON.parse(unheard.body)).toMatchObject({ code: 'authorization-server-unavailable' })
    expect(await callAt(second, cookie)).toMatchObject({ status: 503, cookies: [] })

    release()
    await Promise.all(instances.map((instance) => instance.order({ advanceSeconds: LEASE_SECONDS })))
    expect(await callAt(second, cookie)).toMatchObject({ status })
  })
})

/** From now on the server does its work and keeps the answer to itself, until it is released. */
function holdTokenResponses({ provider }: LocalAuthorizationServer): () => void {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const idToken = provider.IdToken.prototype
  const { issue } = idToken
  idToken.issue = async function issueLate(this: typeof idToken, ...use: Parameters<typeof issue>) {
    await released
    return issue.apply(this, use)
  }
  return release
}

/** The first process takes the lease, gets new tokens, and dies before it can store them. */
async function killInRefresh(cookie: string): Promise<void> {
  const [doomed, other] = instances as [Instance, Instance]
  await Promise.all([doomed, other].map((instance) => instance.order({ advanceSeconds: TOKEN_SECONDS })))
  await doomed.order({ dieBeforeTokensAreWritten: true })
  await expect(callAt(doomed, cookie)).rejects.toThrow()
  await doomed.ended
  await other.order({ advanceSeconds: LEASE_SECONDS })
}

/** Counts the refreshes that the server saw. */
async function startProvider({ rotateRefreshToken }: { readonly rotateRefreshToken: boolean }) {
  const redirectUri = `${PUBLIC_ORIGIN}/bff/callback`
  const server = await startAuthorizationServer(
    { ...CLIENT, authentication: 'client_secret_post', redirectUri },
    0,
    { accessTokenSeconds: TOKEN_SECONDS, rotateRefreshToken },
  )
  servers.push(server)
  witnessSecrets([CLIENT.clientSecret])
  server.provider.Client.prototype.redirectUriAllowed = (uri: string) => uri === redirectUri
  const refreshes = { granted: 0, refused: 0 }
  server.provider.on('grant.success', ({ oidc }) => {
    if (oidc.params?.grant_type === 'refresh_token') refreshes.granted += 1
  })
  server.provider.on('grant.error', () => {
    refreshes.refused += 1
  })
  return { server, refreshes }
}

/** Tables, and an upstream that takes the tokens of this provider and no others. */
async function startSurroundings({ issuer, provider }: LocalAuthorizationServer) {
  const tables = await createTestTables()
  const tokens = new Set<string>()
  const upstream = createServer(async ({ headers }, response) => {
    const token = headers.authorization?.replace('Bearer ', '') ?? ''
    const isKnown = (await provider.AccessToken.find(token)) !== undefined
    tokens.add(token)
    response.writeHead(isKnown ? 200 : 401).end()
  })
  const running = await listen(upstream, 0, '127.0.0.1')
  servers.push(running)
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
    BFF_PUBLIC_ORIGIN: PUBLIC_ORIGIN,
    BFF_ISSUER: issuer,
    BFF_CLIENT_ID: CLIENT.clientId,
    BFF_CLIENT_SECRET: CLIENT.clientSecret,
    BFF_LOGIN_TABLE: tables.loginTable,
    BFF_SESSION_TABLE: tables.sessionTable,
    BFF_UPSTREAMS: JSON.stringify([{ name: 'orders', target: `http://127.0.0.1:${running.port}` }]),
  }
  return { environment, tokensSeen: () => tokens.size }
}

async function startInstances(count: number, environment: Record<string, string>): Promise<void> {
  instances = await Promise.all(Array.from({ length: count }, () => startInstance(environment, keepFailure)))
}

function keepFailure({ event, level, code, cause, route }: { readonly [name: string]: unknown }): void {
  // The instances' clocks run ahead of the provider's, whose ID tokens look old to them.
  if (level !== 'info' && event !== 'refreshed-id-token-dropped') failures.push({ event, code, cause, route })
}

/** A login through the first instance. @returns the session cookie, as a pair. */
async function logIn(): Promise<string> {
  const { origin } = instances[0] as Instance
  const begun = await ask(origin, '/bff/login')
  const { parameters } = await logInAtProvider(begun.location)
  const completed = await ask(origin, `/bff/callback?${parameters}`, { headers: { cookie: pairs(begun) } })
  witnessCookies([...begun.cookies, ...completed.cookies])
  return pairs(completed)
}

function pairs({ cookies }: InstanceAnswer): string {
  return cookies.map((cookie) => cookie.split(';')[0]).join('; ')
}

function callAt({ origin }: Pick<Instance, 'origin'>, cookie: string): Promise<InstanceAnswer> {
  return ask(origin, '/api/orders', { headers: { cookie, 'x-csrf': '1', 'sec-fetch-site': 'same-origin' } })
}

function callAll(
  count: number,
  cookie: string,
  origins = instances.map(({ origin }) => origin),
): Promise<InstanceAnswer[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      callAt({ origin: origins[index % origins.length] ?? '' }, cookie),
    ),
  )
}

function countsOf(answers: readonly InstanceAnswer[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
