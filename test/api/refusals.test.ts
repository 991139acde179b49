import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ApiUser, askBy, METHODS, signedInUser, startApi, type TestApi } from '../support/api.ts'
import { headerOf } from '../support/upstream.ts'

let api: TestApi
let user: ApiUser
beforeAll(async () => {
  api = await startApi({
    others: [{ name: 'read-only', target: 'http://127.0.0.1:1' }],
  })
  user = await signedInUser(api)
})
afterAll(() => api.stop())
beforeEach(() => {
  api.upstream.answer = () => ({})
  api.upstream.takeCalls()
  api.tables.takeCommands()
  api.takeLog()
})

const UNTOUCHED = { calls: [], commands: [] }
const touched = () => ({ calls: api.upstream.takeCalls(), commands: api.tables.takeCommands() })

describe('an address under /api', () => {
  it.each([
    '/api',
    '/api/',
    '/api//orders',
    '/api/unknown',
    '/api/Orders',
    '/api/orders.evil.example/',
    '/api/__proto__/x',
    '/api/constructor',
    '/api/toString/x',
    '/bff/session',
    '/',
    '*',
    'https://evil.example/api/orders',
  ])(
    'that no upstream is configured for is unknown, and costs nothing: %s [PX-01] [PX-19]',
    async (rawPath) => {
      const answer = await user.ask('GET', '/', { rawPath })
      expect(answer).toMatchObject({ status: 404, code: 'not-found', cookies: [] })
      expect(api.takeLog()).toMatchObject([{ event: 'request-refused', route: 'unknown' }])
      expect(touched()).toEqual(UNTOUCHED)
    },
  )

  it.each([...METHODS, 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'get', 'delete'])(
    'takes the methods that its upstream is configured for, and %s only if it is one [PX-03] [CC-05] [CC-17]',
    async (method) => {
      const { status, headers } = await user.ask(method, '/api/read-only/x')
      const isTaken = ['GET', 'HEAD', 'get'].includes(method)
      if (isTaken) expect(status).toBe(502)
      else expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' })
      expect(api.takeLog().at(-1)?.route).toMatch(/^(?:(?:GET|HEAD) )?\/api\/read-only$/)
    },
  )
})

const FROM_ELSEWHERE: readonly (readonly [string, { [name: string]: string | undefined }])[] = [
  ['without the static header', { 'x-csrf': undefined }],
  ['with another value of it', { 'x-csrf': 'true' }],
  ['from another site', { 'sec-fetch-site': 'cross-site' }],
  ['from a sibling host', { 'sec-fetch-site': 'same-site' }],
  ['from an address bar', { 'sec-fetch-site': 'none' }],
  ['from another origin', { 'sec-fetch-site': undefined, origin: 'https://evil.example' }],
]

describe.each(METHODS)('a call by %s', (method) => {
  it.each(FROM_ELSEWHERE)('%s gets nowhere [CC-01] [CC-02] [CC-03] [CC-06]', async (_, headers) => {
    const answer = await user.ask(method, '/api/orders/7', { headers })
    expect(answer.status).toBe(403)
    expect(answer.code).toBe(method === 'HEAD' ? undefined : 'csrf-rejected')
    expect(api.takeLog()).toMatchObject([{ event: 'csrf-rejected', code: 'csrf-rejected' }])
    expect(touched()).toEqual(UNTOUCHED)
  })

  it('without a session is answered 401, never a page and never a redirect [PX-11]', async () => {
    const asNavigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
    for (const cookies of [[], [`__Host-Http-session=${'B'.repeat(43)}`], ['__Host-Http-session=short']]) {
      const answer = await askBy(api.handler, method, '/api/orders', { cookies, headers: asNavigation })
      expect(answer).toMatchObject({ status: 401, cookies: [] })
      expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json' })
      expect(answer.headers.location).toBeUndefined()
      if (method !== 'HEAD') expect(answer.json()).toMatchObject({ code: 'session-required', status: 401 })
    }
    expect(api.upstream.takeCalls()).toEqual([])
  })
})

describe('a call', () => {
  it('is refused in this order: address, method, origin, session [PX-03] [PX-11]', async () => {
    const foreign = { headers: { 'x-csrf': undefined } }
    expect((await askBy(api.handler, 'DELETE', '/api/unknown', foreign)).status).toBe(404)
    expect((await askBy(api.handler, 'DELETE', '/api/read-only', foreign)).status).toBe(405)
    expect((await askBy(api.handler, 'GET', '/api/read-only', foreign)).status).toBe(403)
    expect((await askBy(api.handler, 'GET', '/api/read-only')).status).toBe(401)
    expect(touched()).toEqual(UNTOUCHED)
  })

  it('with two session cookies is refused instead of guessing [SC-15]', async () => {
    const own = `__Host-Http-session=${user.jar.get('__Host-Http-session')}`
    const answer = await user.ask('GET', '/api/orders', { cookies: [own, own] })
    expect(answer).toMatchObject({ status: 401, code: 'session-cookie-repeated', cookies: [] })
    expect(touched()).toEqual(UNTOUCHED)
  })

  it('of an origin that asks first is granted nothing, and no upstream is asked [CC-04] [CC-05]', async () => {
    for (const origin of ['https://evil.example', 'null', 'https://app.example.com.evil.example']) {
      const headers = { origin, 'access-control-request-method': 'POST', 'x-csrf': undefined }
      const answer = await user.ask('OPTIONS', '/api/orders', { headers })
      expect(answer.status).toBe(405)
      expect(Object.keys(answer.headers).join()).not.toContain('access-control')
    }
    expect(touched()).toEqual(UNTOUCHED)
  })

  it.each([
    ['a WebSocket', { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13' }],
    ['another protocol', { upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings' }],
    ['a stream of events', { accept: 'text/event-stream' }],
    ['a stream of events, in other words', { accept: ' Text/Event-Stream;q=1 , text/event-stream' }],
  ])('for %s is refused before anything is looked up [CC-13]', async (_, headers) => {
    const answer = await user.ask('GET', '/api/orders', { headers })
    expect(answer).toMatchObject({ status: 501, code: 'streaming-unsupported' })
    expect(touched()).toEqual(UNTOUCHED)
  })

  it('that would take a stream among other things is made', async () => {
    const headers = { accept: 'text/event-stream, application/json' }
    expect((await user.ask('GET', '/api/orders', { headers })).status).toBe(200)
  })
})

describe('a request that would not fit an upstream', () => {
  it.each([
    ['a path', { rawPath: `/api/orders/${'x'.repeat(11_000)}` }],
    ['a path that grows when it is encoded', { rawPath: `/api/orders/${'"'.repeat(4_000)}` }],
    ['a query', { rawQuery: 'x'.repeat(11_000) }],
    ['a header', { headers: { 'app-large': 'x'.repeat(11_000) } }],
    ['many headers', { headers: manyHeaders(400) }],
    ['a name of a header', { headers: { ['x'.repeat(11_000)]: '' } }],
  ])('is refused for %s [PX-13]', async (_, changes) => {
    const answer = await user.ask('GET', '/api/orders', changes)
    expect(answer).toMatchObject({ status: 400, code: 'request-invalid' })
    expect(touched()).toEqual(UNTOUCHED)
  })

  it('is refused for its body from 6 MB on, and not below [PX-13] [PX-14]', async () => {
    const largest = Buffer.alloc(6 * 1024 * 1024, 1)
    const answer = await user.ask('POST', '/api/orders', {
      body: Buffer.concat([largest, largest.subarray(0, 1)]),
    })
    expect(answer).toMatchObject({ status: 413, code: 'request-too-large' })
    expect(touched()).toEqual(UNTOUCHED)

    expect((await user.ask('POST', '/api/orders', { body: largest })).status).toBe(200)
    expect(api.upstream.takeCalls()[0]?.body.equals(largest)).toBe(true)
  })
})

function manyHeaders(count: number): { [name: string]: string } {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`app-${index}`, 'x'.repeat(20)]))
}

describe('lengths', () => {
  const SMUGGLED = 'GET /v1/smuggled HTTP/1.1\r\nhost: x\r\n\r\n'

  it.each(METHODS)(
    'are those of the body that is sent, whatever a browser says of them: %s [PX-13]',
    async (method) => {
      for (const headers of [
        { 'content-length': '0' },
        { 'content-length': '5' },
        { 'content-length': '9999' },
        { 'content-length': '+5, 7' },
        { 'transfer-encoding': 'chunked' },
        { 'transfer-encoding': 'identity', 'content-length': '3' },
        { transfer_encoding: 'chunked', content_length: '0' },
      ]) {
        expect((await user.ask(method, '/api/orders', { headers, body: SMUGGLED })).status).toBe(200)
        const [call, ...smuggled] = api.upstream.takeCalls()
        const hasBody = method !== 'GET' && method !== 'HEAD'
        expect(smuggled).toEqual([])
        expect(call?.body.toString()).toBe(hasBody ? SMUGGLED : '')
        expect(call === undefined ? [] : headerOf(call, 'content-length')).toEqual(
          hasBody ? [String(SMUGGLED.length)] : [],
        )
        expect(call?.head).not.toMatch(/transfer.encoding|content_length/i)
      }
    },
  )

  it('cannot be outwitted by line breaks: a header that has one is no request [PX-13]', async () => {
    for (const value of ['a\r\nx-injected: 1', 'a\nb', 'a\rb', 'a\0b']) {
      const answer = await user.ask('GET', '/api/orders', { headers: { 'app-custom': value } })
      expect(answer).toMatchObject({ status: 400, code: 'request-invalid' })
    }
    for (const name of ['app custom', 'app:custom', 'app\r\nx', '']) {
      expect((await user.ask('GET', '/api/orders', { headers: { [name]: 'a' } })).status).toBe(400)
    }
    expect(touched()).toEqual(UNTOUCHED)
  })
})
