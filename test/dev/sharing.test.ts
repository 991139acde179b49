import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { testDynamoDBEndpoint } from '../support/dynamodb.ts'
import { type CookieJar, logInAtProvider, signOutAtProvider } from '../support/provider-login.ts'
import { witnessCookies } from '../support/witness.ts'
import { programs } from './program.ts'

const start = programs()
/** Two programs start here, one after the other, on a machine that may be busy. */
const PATIENCE = { timeout: 60_000 }

it(
  'several instances share a DynamoDB, an issuer and an API: a session of one is known to all, until it ends',
  PATIENCE,
  async () => {
    const shared = {
      PORT: '0',
      AWS_ENDPOINT_URL_DYNAMODB: await testDynamoDBEndpoint(),
      BFF_CLIENT_SECRET: 'a shared secret',
    }
    const first = start(shared)
    const origins = [await first.origin()]
    const second = start({
      ...shared,
      BFF_ISSUER: first.issuer(),
      BFF_CLIENT_ID: 'demo-spa-bff',
      BFF_UPSTREAMS: JSON.stringify([{ name: 'demo', target: first.apis()[0] }]),
    })
    origins.push(await second.origin())
    expect(second.output()).not.toContain('embedded')
    expect(second.output()).toContain(shared.AWS_ENDPOINT_URL_DYNAMODB)

    const jar: CookieJar = new Map()
    const cookie = await logIn(origins[1] as string, first.issuer(), jar)
    for (const origin of origins) {
      expect(await call(`${origin}/bff/session`, cookie)).toMatchObject({ body: { authenticated: true } })
      expect(await call(`${origin}/api/demo/hello`, cookie)).toMatchObject({ body: { accessTokensSeen: 1 } })
    }

    await signOutAtProvider(`${first.issuer()}/session/end`, jar)
    for (const origin of origins) {
      expect(await call(`${origin}/bff/session`, cookie)).toMatchObject({ body: { authenticated: false } })
      expect(await call(`${origin}/api/demo/hello`, cookie)).toMatchObject({ status: 401 })
    }
  },
)

/** @returns the session cookie. */
async function logIn(origin: string, issuer: string, jar: CookieJar): Promise<string> {
  const begun = await navigate(`${origin}/bff/login`)
  expect(begun.location.startsWith(`${issuer}/auth?`)).toBe(true)
  const { parameters } = await logInAtProvider(begun.location, jar)
  const [cookie = ''] = begun.cookies
  const completed = await navigate(`${origin}/bff/callback?${parameters}`, cookie)
  return completed.cookies.find((pair) => pair.startsWith('__Host-Http-session=')) ?? ''
}

async function navigate(url: string, cookie = '') {
  const { headers } = await send(url, { cookie })
  const cookies = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0] ?? '')
  witnessCookies(cookies)
  return { location: headers.location ?? '', cookies }
}

async function call(url: string, cookie: string) {
  const { status, body } = await send(url, { cookie, 'x-csrf': '1', 'sec-fetch-site': 'same-origin' })
  return { status, body: JSON.parse(body) as unknown }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Not fetch, which says that it is no navigation. */
function send(url: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers }, async (response) =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }),
    )
    sent.on('error', reject).end()
  })
}
