import { beforeAll, describe, expect, it } from 'vitest'
import { routesOf } from '../../functions/adapters/http/app.ts'
import { logIn, startBff, type TestBff } from '../support/bff.ts'
import { PUBLIC_ORIGIN, type Visitor } from '../support/visitor.ts'

let bff: TestBff
let visitor: Visitor
beforeAll(async () => {
  bff = await startBff()
  visitor = bff.newVisitor()
  await logIn(bff, visitor)
})

const EXEMPT = [
  'navigation: GET /bff/login',
  'navigation: GET /bff/callback',
  'none: GET /bff/health',
  'none: POST /bff/backchannel-logout',
]
const GUARDED = [
  ['GET', '/bff/session'],
  ['POST', '/bff/login'],
  ['POST', '/bff/callback'],
  ['POST', '/bff/logout'],
] as const

const REFUSED = [
  ['without the static header', { 'x-csrf': undefined }],
  ['with another value of the static header', { 'x-csrf': '1, 1' }],
  ['from another site', { 'sec-fetch-site': 'cross-site' }],
  ['from a sibling host', { 'sec-fetch-site': 'same-site' }],
  [
    'from another origin of an old browser',
    { 'sec-fetch-site': undefined, origin: 'https://app.example.com.evil.example' },
  ],
  [
    'from another port of an old browser',
    { 'sec-fetch-site': undefined, origin: 'https://app.example.com:8443' },
  ],
  [
    'from another scheme of an old browser',
    { 'sec-fetch-site': undefined, origin: 'http://app.example.com' },
  ],
  ['from an opaque origin of an old browser', { 'sec-fetch-site': undefined, origin: 'null' }],
  ['with a contradiction', { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }],
] as const

describe.each(GUARDED)('%s %s', (method, path) => {
  it.each(REFUSED)(
    'is refused %s, whatever the content type [CC-01] [CC-02] [CC-03] [CC-06]',
    async (_, headers) => {
      for (const contentType of ['application/json', 'text/plain', undefined]) {
        const answer = await visitor.call(method, path, {
          ...(method === 'POST' ? { body: '{}' } : {}),
          headers: { ...headers, 'content-type': contentType },
        })
        expect(answer.status).toBe(403)
        expect(answer.json()).toMatchObject({ code: 'csrf-rejected' })
      }
      expect((await visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
    },
  )
})

describe('a browser too old to send Fetch Metadata', () => {
  it('passes with our exact origin [CC-07]', async () => {
    const headers = { 'sec-fetch-site': undefined, origin: PUBLIC_ORIGIN }
    expect((await visitor.callJson('/bff/login', {}, { headers })).status).toBe(200)
  })

  it('passes a GET without origin, but no POST [CC-07]', async () => {
    const headers = { 'sec-fetch-site': undefined, origin: undefined }
    expect((await visitor.call('GET', '/bff/session', { headers })).status).toBe(200)
    expect((await visitor.callJson('/bff/login', {}, { headers })).status).toBe(403)
  })
})

describe('an opaque origin', () => {
  it('passes beside Sec-Fetch-Site: same-origin alone', async () => {
    expect((await visitor.callJson('/bff/login', {}, { headers: { origin: 'null' } })).status).toBe(200)
  })
})

describe('the surface', () => {
  it('has no route without the guard but the exempt ones, whatever routes there are [CC-12]', async () => {
    const routes = Object.entries(routesOf(bff.deps)).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { guard }]) => ({ method, path, guard })),
    )
    const open = await Promise.all(
      routes.map(async ({ method, path, guard }) => {
        const headers = { 'x-csrf': undefined, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
        const { status } = await bff.newVisitor().call(method, path, { headers })
        return status === 403 ? [] : [`${guard}: ${method} ${path}`]
      }),
    )
    expect(routes).toHaveLength(8)
    expect(open.flat()).toEqual(EXEMPT)
  })

  it('grants nothing to a preflight of any origin, and needs no session for it [CC-04] [CC-05]', async () => {
    for (const origin of ['https://evil.example', 'null', PUBLIC_ORIGIN]) {
      const headers = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-csrf',
      }
      const answer = await visitor.call('OPTIONS', '/bff/session', { headers })
      expect(answer.status).toBe(405)
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  it('ignores method overrides [CC-10]', async () => {
    const headers = { 'x-http-method-override': 'POST', 'x-method-override': 'POST' }
    expect((await visitor.call('GET', '/bff/logout?_method=POST', { headers })).status).toBe(405)
    expect((await visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
  })
})
