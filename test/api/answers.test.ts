import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiAnswer, type ApiUser, signedInUser, startApi, type TestApi } from '../support/api.ts'
import type { WholeAnswer } from '../support/upstream.ts'

type Fields = NonNullable<WholeAnswer['headers']>

let api: TestApi
let user: ApiUser
beforeAll(async () => {
  const others = [{ name: 'catalogue', target: 'http://127.0.0.1:1', cacheable: true }]
  api = await startApi({ others })
  user = await signedInUser(api)
})
afterAll(() => api.stop())

async function answerWith(headers: Fields, status = 200, path = '/7?a=b'): Promise<ApiAnswer> {
  api.upstream.answer = () => ({ status, headers })
  const answer = await user.ask('GET', `/api/orders${path}`)
  expect(answer.status).toBe(status)
  expect(api.upstream.takeCalls()).toHaveLength(1)
  return answer
}

const OWN_HEADERS = {
  'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
}

const DROPPED = [
  ...['set-cookie', 'set-cookie2', 'clear-site-data', 'set-login', 'service-worker-allowed', 'refresh'],
  ...['access-control-allow-origin', 'access-control-allow-credentials', 'access-control-expose-headers'],
  ...['access-control-max-age', 'strict-transport-security', 'expect-ct', 'public-key-pins'],
  ...['public-key-pins-report-only', 'server', 'via', 'x-powered-by', 'x-runtime', 'x-aspnet-version'],
  ...['x-aspnetmvc-version', 'alt-svc', 'accept-ch', 'critical-ch', 'timing-allow-origin'],
  ...['report-to', 'reporting-endpoints', 'nel', 'sourcemap', 'x-sourcemap'],
  ...['content-security-policy', 'content-security-policy-report-only', 'x-frame-options', 'referrer-policy'],
  ...['permissions-policy', 'cross-origin-opener-policy', 'cross-origin-embedder-policy'],
  ...['cross-origin-resource-policy', 'x-content-type-options', 'x-amz-cf-id', 'x-amz-cf-pop'],
  ...['x-amzn-requestid', 'x-amzn-remapped-date', 'www-authenticate', 'authentication-info'],
  ...['proxy-authenticate', 'proxy-authentication-info', 'proxy-connection', 'keep-alive', 'trailer', 'te'],
  ...['upgrade', 'http2-settings'],
]

describe('what an upstream says in the name of our origin, or of itself', () => {
  it.each(DROPPED)('is not what the browser gets: %s [PX-10] [PX-08]', async (name) => {
    const answer = await answerWith([
      [name, 'of-the-upstream'],
      [name.toUpperCase(), 'of-the-upstream=1; Path=/'],
      ['app-custom', 'kept'],
    ])
    expect(JSON.stringify(answer)).not.toContain('of-the-upstream')
    expect(answer.cookies).toEqual([])
    expect(answer.headers).toMatchObject({ ...OWN_HEADERS, 'app-custom': 'kept' })
  })

  it('is dropped all at once, so that only our own headers and the content stay [PX-10] [CC-14]', async () => {
    const { headers } = await answerWith([
      ...DROPPED.map((name) => [name, 'of-the-upstream'] as const),
      ['content-type', 'application/json'],
    ])
    expect(headers).toEqual({
      ...OWN_HEADERS,
      'cache-control': 'private, no-store',
      'content-type': 'application/json',
    })
  })

  it('is what Connection names too [PX-08]', async () => {
    const { headers } = await answerWith([
      ['connection', 'App-One-Hop, close'],
      ['Connection', 'app-another'],
      ['app-one-hop', '1'],
      ['app-another', '1'],
      ['app-custom', 'kept'],
    ])
    expect(headers).toMatchObject({ 'app-custom': 'kept' })
    expect(Object.keys(headers).join()).not.toMatch(/one-hop|another|connection/)
  })

  it('is not what it says of the content: types, ranges, languages, tags, limits, links', async () => {
    const headers: Fields = [
      ['content-type', 'text/csv; charset=utf-16'],
      ['content-language', 'en'],
      ['content-disposition', 'attachment; filename="a.csv"'],
      ['content-range', 'bytes 0-1/2'],
      ['accept-ranges', 'bytes'],
      ['etag', 'W/"7"'],
      ['last-modified', 'Sat, 29 Oct 1994 19:43:31 GMT'],
      ['retry-after', '7'],
      ['link', '</v1?page=2>; rel="next"'],
      ['ratelimit', '"default";r=50;t=30'],
      ['x-request-id', 'of the upstream'],
      ['x-amz-version-id', '3'],
    ]
    expect((await answerWith(headers, 206)).headers).toMatchObject(Object.fromEntries(headers))
  })

  it('may be repeated: all values stay, in their order [PX-15]', async () => {
    const { headers } = await answerWith([
      ['link', '<a>; rel=prev'],
      ['App-Custom', '1'],
      ['link', '<b>; rel=next'],
      ['app-custom', '2, 3'],
    ])
    expect(headers).toMatchObject({ link: '<a>; rel=prev, <b>; rel=next', 'app-custom': '1, 2, 3' })
  })
})

describe('an upstream that redirects', () => {
  it.each([301, 302, 303, 307, 308])(
    'with %s is not followed: the token goes nowhere [PX-09]',
    async (status) => {
      const { headers } = await answerWith([['location', `${api.upstream.origin}/elsewhere`]], status)
      expect(headers.location).toBeUndefined()
    },
  )

  it.each([
    ['/v1/orders/8?a=b#c', '/api/orders/orders/8?a=b#c'],
    ['8', '/api/orders/8'],
    ['?page=2', '/api/orders/7?page=2'],
    ['/v1', '/api/orders'],
    ['/v1?x', '/api/orders?x'],
    ['./../v1//evil.example', '/api/orders//evil.example'],
  ])('to %s, under its target, leads to our own address of it [PX-09]', async (location, own) => {
    for (const name of ['location', 'content-location']) {
      expect((await answerWith([[name, location]], 303)).headers[name]).toBe(own)
    }
  })

  it('by an absolute address leads to our own as well, whatever the status [PX-09]', async () => {
    const { headers } = await answerWith([['Location', `${api.target}/8`]], 201)
    expect(headers.location).toBe('/api/orders/8')
  })

  it.each([
    'https://evil.example/v1/8',
    '//evil.example/v1/8',
    '/v10/8',
    '/v2',
    '/',
    '/v1/../admin',
    '/v1/%2e%2e/admin',
    'javascript:alert(1)',
    '\\\\evil.example/v1',
    'https://[',
  ])('to %s leads nowhere [PX-09]', async (location) => {
    for (const name of ['location', 'content-location']) {
      expect((await answerWith([[name, location]], 302)).headers[name]).toBeUndefined()
    }
  })
})

describe('an answer', () => {
  const CACHED: Fields = [
    ['cache-control', 'public, max-age=60'],
    ['cdn-cache-control', 'max-age=600'],
    ['cloudflare-cdn-cache-control', 'max-age=600'],
    ['surrogate-control', 'max-age=600'],
    ['expires', 'Sat, 29 Oct 2094 19:43:31 GMT'],
    ['pragma', 'cache'],
    ['age', '7'],
    ['vary', 'accept'],
  ]

  it('is kept by no cache, whatever the upstream says [PX-12]', async () => {
    const { headers } = await answerWith(CACHED)
    expect(headers).toMatchObject({ 'cache-control': 'private, no-store', vary: 'accept' })
    expect(Object.keys(headers).join()).not.toMatch(/cdn|surrogate|expires|pragma|age,/)
  })

  it('is kept as the upstream says where its configuration allows that, for one cookie [PX-12] [CC-08]', async () => {
    const cacheable = await startApi({ orders: { cacheable: true }, upstream: api.upstream })
    const reader = await signedInUser(cacheable)
    api.upstream.answer = () => ({ headers: CACHED })
    const { headers } = await reader.ask('GET', '/api/orders')
    expect(headers).toMatchObject({ ...Object.fromEntries(CACHED), vary: 'accept, cookie' })

    api.upstream.answer = () => ({ headers: [['expires', 'Sat, 29 Oct 2094 19:43:31 GMT']] })
    const silent = await reader.ask('GET', '/api/orders')
    expect(silent.headers).toMatchObject({ 'cache-control': 'private, no-store' })

    const refused = await reader.ask('GET', '/api/orders', { headers: { 'x-csrf': undefined } })
    expect(refused.headers['cache-control']).toBe('no-store')
    await cacheable.bff.server.stop()
    api.upstream.takeCalls()
  })

  it('that is a failure of ours is kept by no cache either [PX-12]', async () => {
    const answer = await user.ask('GET', '/api/catalogue')
    expect(answer).toMatchObject({ status: 502, headers: { 'cache-control': 'no-store' } })
  })

  it.each([204, 304])('with %s has no body', async (status) => {
    const { octets } = await answerWith([['etag', '"7"']], status)
    expect(octets.length).toBe(0)
  })

  it('with 205 has no body, even if the upstream sends one', async () => {
    api.upstream.answer = () => ({ status: 205, body: 'content' })
    expect(await user.ask('GET', '/api/orders')).toMatchObject({ status: 205, octets: Buffer.alloc(0) })
  })

  it('to HEAD has the headers of the content and no body', async () => {
    api.upstream.answer = () => ({ headers: [['etag', '"7"']], body: 'x'.repeat(100) })
    const answer = await user.ask('HEAD', '/api/orders')
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"7"' }, octets: Buffer.alloc(0) })
  })

  it('is logged with the name and the status of its upstream, and nothing of its content [LG-02]', async () => {
    api.takeLog()
    api.upstream.answer = () => ({ status: 503, body: 'content', headers: [['app-custom', 'secret']] })
    await user.ask('PUT', '/api/orders/secret?secret=1', { body: 'secret' })
    const log = api.takeLog()
    expect(log).toEqual([
      {
        level: 'info',
        event: 'api-call-forwarded',
        upstream: 'orders',
        upstreamStatus: 503,
        requestId: expect.any(String),
        route: 'PUT /api/orders',
        status: 503,
        milliseconds: 0,
      },
    ])
  })
})
