import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LARGEST_ANSWER_OCTETS } from '../../functions/domain/upstream.ts'
import { type ApiUser, METHODS, signedInUser, startApi, type TestApi } from '../support/api.ts'
import { startScriptedUpstream, type UpstreamAnswer } from '../support/upstream.ts'

/** The shortest time-out that can be configured. */
const SHORTEST = { timeoutMs: 100 }

let api: TestApi
let user: ApiUser
beforeAll(async () => {
  api = await startApi()
  user = await signedInUser(api)
})
afterAll(() => api.stop())
beforeEach(() => {
  api.upstream.answer = () => ({})
  api.upstream.takeCalls()
  api.takeLog()
})

const OK = 'HTTP/1.1 200 OK\r\n'
const UNUSABLE: { readonly [flaw: string]: UpstreamAnswer } = {
  'a reset': 'reset',
  'a closed connection': { raw: '' },
  'half a status line': { raw: 'HTTP/1.1 2' },
  'half a head': { raw: `${OK}content-type: text` },
  'less than it announced': { raw: `${OK}content-length: 10\r\n\r\nless` },
  'half a chunk': { raw: `${OK}transfer-encoding: chunked\r\n\r\n5\r\nabc` },
  'no last chunk': { raw: `${OK}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n` },
  'no HTTP': { raw: 'SSH-2.0-OpenSSH_9.6\r\n\r\n' },
  'HTTP/2': { raw: '\0\0\x12\x04\0\0\0\0\0' },
  'an unknown version': { raw: 'HTTP/4.2 200 OK\r\n\r\n' },
  'a status that is no number': { raw: 'HTTP/1.1 OK OK\r\n\r\n' },
  'a status below 100': { raw: 'HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n' },
  'a status above 599': { raw: 'HTTP/1.1 600 Odd\r\ncontent-length: 0\r\n\r\n' },
  'a status far above': { raw: 'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n' },
  'another protocol': { raw: 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n' },
  'interim answers alone': { raw: 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n' },
  'two lengths': { raw: `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab` },
  'a length and chunks': { raw: `${OK}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n` },
  'a length that is no number': { raw: `${OK}content-length: many\r\n\r\n` },
  'a header without a colon': { raw: `${OK}nonsense\r\n\r\n` },
  'a zero octet in a header': { raw: `${OK}app-custom: a\0b\r\ncontent-length: 0\r\n\r\n` },
  'a bare line feed in a header': { raw: `${OK}app-custom: a\rb\r\ncontent-length: 0\r\n\r\n` },
  'a head that is too large': { raw: `${OK}app-custom: ${'x'.repeat(20_000)}\r\ncontent-length: 0\r\n\r\n` },
}

async function expectSessionLives(): Promise<void> {
  api.upstream.answer = () => ({})
  expect((await user.ask('GET', '/api/orders')).status).toBe(200)
  expect((await user.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
}

describe.each(Object.entries(UNUSABLE))('an upstream that answers with %s', (_, unusable) => {
  it('is unavailable, which costs neither the session nor the cookie [PX-14]', async () => {
    for (const method of METHODS) {
      api.upstream.answer = () => unusable
      const answer = await user.ask(method, '/api/orders', { body: '{}' })
      expect(answer).toMatchObject({ status: 502, cookies: [] })
      if (method !== 'HEAD') expect(answer.json()).toMatchObject({ code: 'upstream-unavailable' })
    }
    for (const entry of api.takeLog()) {
      expect(entry).toMatchObject({ event: 'request-refused', level: 'error', code: 'upstream-unavailable' })
      expect(entry.cause).toMatch(/^(?:ECONNRESET|EPIPE|HPE_[A-Z_]+|status)$/)
    }
    await expectSessionLives()
  })
})

describe('an upstream', () => {
  it('that is not there is unavailable [PX-14]', async () => {
    const gone = await startScriptedUpstream()
    await gone.stop()
    const lonely = await startApi({ upstream: gone })
    const answer = await (await signedInUser(lonely)).ask('POST', '/api/orders', { body: '{}' })
    expect(answer).toMatchObject({ status: 502, code: 'upstream-unavailable', cookies: [] })
    expect(lonely.takeLog()).toMatchObject([{ cause: 'ECONNREFUSED', route: 'POST /api/orders' }])
    await lonely.bff.server.stop()
  })

  it('may announce what it does before it answers', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\nset-cookie: a=b\r\n\r\n'
    api.upstream.answer = () => ({ raw: `${hints}${hints}${OK}content-length: 2\r\n\r\nok` })
    const answer = await user.ask('GET', '/api/orders')
    expect({ status: answer.status, body: answer.octets.toString() }).toEqual({ status: 200, body: 'ok' })
    expect(answer.headers.link).toBeUndefined()
  })

  it('may end its answer with the connection', async () => {
    api.upstream.answer = () => ({ raw: `${OK}content-type: text/plain\r\n\r\nuntil the end` })
    expect((await user.ask('GET', '/api/orders')).octets.toString()).toBe('until the end')
  })

  it.each(['text/event-stream', 'Text/Event-Stream; charset=utf-8'])(
    'that begins a stream of events is not waited for: %s',
    async (type) => {
      const head = `${OK}content-type: ${type}\r\n\r\ndata: 1\n\n`
      api.upstream.answer = () => ({ raw: head, staysOpen: true })
      const answer = await user.ask('GET', '/api/orders')
      expect(answer).toMatchObject({ status: 501, code: 'streaming-unsupported' })
      await expectSessionLives()
    },
  )
})

describe('an upstream that is slow', () => {
  const SLOW: { readonly [manner: string]: UpstreamAnswer } = {
    'says nothing': 'hang',
    'says half of its head': { raw: `${OK}content-ty`, staysOpen: true },
    'says half of its body': { raw: `${OK}content-length: 9\r\n\r\nhalf`, staysOpen: true },
    'goes on announcing': { raw: 'HTTP/1.1 102 Processing\r\n\r\n', staysOpen: true },
  }

  it.each(Object.entries(SLOW))('and %s is given up at its own time-out [PX-14]', async (_, slow) => {
    const hasty = await startApi({ orders: SHORTEST, upstream: api.upstream })
    const waiting = await signedInUser(hasty)
    api.upstream.answer = () => slow
    for (const method of ['GET', 'POST']) {
      const answer = await waiting.ask(method, '/api/orders')
      expect(answer).toMatchObject({ status: 504, code: 'upstream-timeout', cookies: [] })
      expect(answer.headers['retry-after']).toBeUndefined()
    }
    expect(api.upstream.takeCalls()).toHaveLength(2)
    expect((await waiting.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
    await hasty.bff.server.stop()
  })

  it('is given up before the function is, if that comes first [PX-14]', async () => {
    api.upstream.answer = () => 'hang'
    const answer = await user.ask('GET', '/api/orders', { remaining: 2_150 })
    expect(answer).toMatchObject({ status: 504, code: 'upstream-timeout' })
    expect(api.upstream.takeCalls()).toHaveLength(1)
  })

  it('is not called at all if no time is left [PX-14]', async () => {
    const answer = await user.ask('POST', '/api/orders', { remaining: 1_999 })
    expect(answer).toMatchObject({ status: 504, code: 'upstream-timeout' })
    expect(api.upstream.takeCalls()).toEqual([])
    await expectSessionLives()
  })
})

describe('an answer', () => {
  const text = (length: number) => Buffer.alloc(length, 'x')
  /** Octets that are no text, so that they are carried in base64. */
  const binary = (length: number) => Buffer.alloc(length, 0xff)
  const quotes = (length: number) => Buffer.alloc(length, '"')
  const LARGEST_BINARY = (LARGEST_ANSWER_OCTETS / 4) * 3

  it.each([
    ['text', text(LARGEST_ANSWER_OCTETS)],
    ['binary', binary(LARGEST_BINARY)],
    ['text that is carried better in base64', quotes(LARGEST_BINARY)],
  ])('that a function can just carry is handed on: %s [PX-14] [PX-15]', async (_, body) => {
    api.upstream.answer = () => ({ body })
    const answer = await user.ask('GET', '/api/orders')
    expect(answer.status).toBe(200)
    expect(answer.octets.equals(body)).toBe(true)
  })

  it.each([
    ['text', text(LARGEST_ANSWER_OCTETS + 1)],
    ['binary', binary(LARGEST_BINARY + 1)],
    ['text that is carried better in base64', quotes(LARGEST_BINARY + 1)],
  ])('that is larger is refused: %s [PX-14]', async (_, body) => {
    api.upstream.answer = () => ({ body })
    const answer = await user.ask('GET', '/api/orders')
    expect(answer).toMatchObject({ status: 502, code: 'upstream-response-too-large', cookies: [] })
    await expectSessionLives()
  })

  it('without end is read no further than it could be carried [PX-14]', async () => {
    const raw = Buffer.concat([Buffer.from(`${OK}\r\n`), text(LARGEST_ANSWER_OCTETS + 1)])
    api.upstream.answer = () => ({ raw, staysOpen: true })
    const answer = await user.ask('GET', '/api/orders')
    expect(answer).toMatchObject({ status: 502, code: 'upstream-response-too-large' })
  })

  it('is never larger than a function can carry, headers and all [PX-14]', async () => {
    const headers = Array.from({ length: 60 }, (_, index) => [`app-${index}`, '"\xff'.repeat(100)] as const)
    api.upstream.answer = () => ({ headers, body: text(LARGEST_ANSWER_OCTETS) })
    const { status, headers: answered, octets } = await user.ask('GET', '/api/orders')
    const result = JSON.stringify({
      statusCode: 200,
      headers: answered,
      cookies: [],
      body: octets.toString(),
    })
    expect(status).toBe(200)
    expect(Buffer.byteLength(result)).toBeLessThan(6 * 1024 * 1024)
  })
})
