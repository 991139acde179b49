import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toRequest, toResult } from '../../functions/lambda/api-gateway.ts'
import { eventOf } from '../support/events.ts'
import { PUBLIC_ORIGIN } from '../support/visitor.ts'

type Event = Parameters<typeof toRequest>[0]

/** A request for a path as API Gateway hands it over: percent-decoded. */
function requestFor(rawPath: string, changes: Partial<Event> = {}): Request {
  return toRequest({ ...eventOf('fetch'), rawPath, ...changes }, PUBLIC_ORIGIN)
}

const PATHS: { readonly [rawPath: string]: string } = {
  '/bff/session': '/bff/session',
  '/bff/100%': '/bff/100%25',
  '/bff/%2e%2e': '/bff/%252e%252e',
  '/bff/a?b': '/bff/a%3Fb',
  '/bff/a#b': '/bff/a%23b',
  '/bff/two words': '/bff/two%20words',
  '/bff/Zoë/日本/🙂': '/bff/Zo%C3%AB/%E6%97%A5%E6%9C%AC/%F0%9F%99%82',
  '/bff/lone\ud800surrogate\udc00': '/bff/lone%EF%BF%BDsurrogate%EF%BF%BD',
  '/bff/tab\tand\nline': '/bff/tab%09and%0Aline',
  '/bff/back\\slash;x=1': '/bff/back%5Cslash%3Bx%3D1',
  '//evil.example/bff': '//evil.example/bff',
  '/@evil.example/': '/%40evil.example/',
  '/': '/',
}

describe('the path of a request', () => {
  it.each(Object.entries(PATHS))('is encoded anew from the decoded %j', (rawPath, pathname) => {
    const url = new URL(requestFor(rawPath).url)
    expect(url).toMatchObject({ origin: PUBLIC_ORIGIN, pathname, search: '', hash: '' })
  })

  it('keeps every segment as it was sent, whatever characters it holds', () => {
    const segment = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => !text.includes('/') && text !== '.' && text !== '..')
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        const { origin, pathname } = new URL(requestFor(`/${segments.join('/')}`).url)
        expect(origin).toBe(PUBLIC_ORIGIN)
        expect(pathname.slice(1).split('/').map(decodeURIComponent)).toEqual(
          segments.map((text) => text.toWellFormed()),
        )
      }),
    )
  })
})

const QUERIES: { readonly [rawQueryString: string]: readonly (readonly [string, string])[] } = {
  '': [],
  'state=a&state=b&code=c&state=a': [
    ['state', 'a'],
    ['state', 'b'],
    ['code', 'c'],
    ['state', 'a'],
  ],
  'returnTo=%2Forders%3Fpage%3D2%23top': [['returnTo', '/orders?page=2#top']],
  'a=1+2&b=%2B&c=%20': [
    ['a', '1 2'],
    ['b', '+'],
    ['c', ' '],
  ],
  'empty=&bare&=nameless': [
    ['empty', ''],
    ['bare', ''],
    ['', 'nameless'],
  ],
  'a=b?c=d': [['a', 'b?c=d']],
  '?code=c': [['?code', 'c']],
  'broken=%E0%A4%A&percent=%': [
    ['broken', '\ufffd%A'],
    ['percent', '%'],
  ],
}

describe('the query of a request', () => {
  it.each(Object.entries(QUERIES))(
    'is what the client sent, repeated names and order included: %j [CB-09]',
    (rawQueryString, parameters) => {
      const url = new URL(requestFor('/bff/callback', { rawQueryString }).url)
      expect([...url.searchParams]).toEqual(parameters)
      expect(url).toMatchObject({ pathname: '/bff/callback', hash: '' })
    },
  )
})

describe('the origin of a request', () => {
  const FORGED = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': '8080',
    forwarded: 'host=evil.example;proto=http',
  }

  it('is the configured one, whatever the headers and the gateway call it [AR-14]', () => {
    const event = eventOf('fetch', { target: '/bff/session?peek=1', headers: FORGED })
    const requestContext = { ...event.requestContext, domainName: 'evil.example' }
    const { url } = toRequest({ ...event, requestContext }, PUBLIC_ORIGIN)
    expect(url).toBe(`${PUBLIC_ORIGIN}/bff/session?peek=1`)
  })
})

describe('the headers of a request', () => {
  it('have the cookies that the gateway set apart, in the order of the browser [SC-15]', () => {
    const event = eventOf('fetch', { cookies: ['a=1', 'b=two', 'a=3'], headers: { 'x-csrf': '1' } })
    const { headers } = toRequest(event, PUBLIC_ORIGIN)
    expect(headers.get('cookie')).toBe('a=1; b=two; a=3')
    expect(headers.get('x-csrf')).toBe('1')
  })

  it.each([{}, { cookies: [] }])('have no cookie if none was sent', (changes) => {
    expect(requestFor('/bff/session', changes).headers.get('cookie') ?? '').toBe('')
  })
})

describe('the body of a request', () => {
  const post = (changes: Parameters<typeof eventOf>[1]) =>
    toRequest(eventOf('fetch', { method: 'POST', target: '/bff/callback', ...changes }), PUBLIC_ORIGIN)

  it('is decoded if the gateway encoded it, byte for byte [CB-13] [PX-15]', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    const request = post({ body: bytes.toString('base64'), isBase64Encoded: true })
    expect(Buffer.from(await request.arrayBuffer())).toEqual(bytes)
  })

  it('is text in UTF-8 if the gateway did not encode it [PX-15]', async () => {
    expect(await post({ body: '{"state":"Zoë 🙂"}' }).json()).toEqual({ state: 'Zoë 🙂' })
  })

  it('may be absent, and is never read of a GET', async () => {
    expect(await post({}).text()).toBe('')
    expect(requestFor('/bff/session', { body: 'ignored' }).body).toBeNull()
  })
})

describe('a result', () => {
  it('gives every cookie a line of its own and never a header [PX-15]', async () => {
    const response = new Response('{}', { status: 201, headers: { 'content-type': 'application/json' } })
    const cookies = ['a=1; Path=/; Expires=Thu, 01 Jan 2026 00:00:00 GMT', 'b=2; Secure', 'c=; Max-Age=0']
    for (const cookie of cookies) response.headers.append('set-cookie', cookie)
    expect(await toResult(response)).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'application/json' },
      cookies,
      body: '{}',
      isBase64Encoded: false,
    })
  })

  it('has no cookies if the response sets none, and joins other repeated headers', async () => {
    const response = new Response(null, { status: 204 })
    response.headers.append('vary', 'origin')
    response.headers.append('vary', 'cookie')
    const result = await toResult(response)
    expect(result).toMatchObject({ statusCode: 204, headers: { vary: 'origin, cookie' }, body: '' })
    expect(result.cookies).toEqual([])
  })
})
