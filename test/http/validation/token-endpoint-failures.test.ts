import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../../support/bff.ts'
import type { ReceivedRequest, ScriptedAnswer } from '../../support/scripted-authorization-server.ts'
import type { Answer } from '../../support/visitor.ts'
import { anotherInstance, attemptLogin, COMPLETED, outcomeOf, refused } from './attempt.ts'

type Script = (request: ReceivedRequest) => ScriptedAnswer | 'hang' | 'reset'

const HTML = { 'content-type': 'text/html' }
const REFUSED_CODE = refused(400, 'code-redemption-failed', 1)
const NOT_REDEEMED = refused(502, 'code-redemption-failed', 1)
const UNAVAILABLE = refused(503, 'authorization-server-unavailable', 1)
const LIMIT_BYTES = 1024 * 1024

let bff: TestBff
let impatient: TestBff
beforeAll(async () => {
  bff = await startBff()
  impatient = await anotherInstance(bff, { BFF_AUTHORIZATION_SERVER_TIMEOUT_MS: '1000' })
})

function attemptWith(script: Script, at = bff) {
  return attemptLogin(at, { scripts: { '/token': script } })
}

const oauthError = (status: number, error: string, headers = {}): Script => {
  return () => ({ status, headers, body: { error, error_description: 'for the developer' } })
}

describe('a token endpoint that refuses', () => {
  it.each<[string, Script, typeof NOT_REDEEMED, string]>([
    ['the code', oauthError(400, 'invalid_grant'), REFUSED_CODE, 'invalid_grant'],
    ['our client', oauthError(401, 'invalid_client'), NOT_REDEEMED, 'invalid_client'],
    ['our client by 400', oauthError(400, 'invalid_client'), NOT_REDEEMED, 'invalid_client'],
    [
      'our client by a challenge',
      oauthError(401, 'invalid_client', { 'www-authenticate': 'Basic realm="x"' }),
      NOT_REDEEMED,
      'invalid_client',
    ],
    [
      'our client by a bare challenge',
      () => ({ status: 401, headers: { 'www-authenticate': 'Basic' }, body: '' }),
      NOT_REDEEMED,
      'invalid_client',
    ],
    ['our request', oauthError(400, 'invalid_request'), NOT_REDEEMED, 'invalid_request'],
    ['our rights', oauthError(400, 'unauthorized_client'), NOT_REDEEMED, 'unauthorized_client'],
    ['our grant type', oauthError(400, 'unsupported_grant_type'), NOT_REDEEMED, 'unsupported_grant_type'],
    ['our scope', oauthError(400, 'invalid_scope'), NOT_REDEEMED, 'invalid_scope'],
    ['in a word that no standard knows', oauthError(400, 'vendor_error'), NOT_REDEEMED, 'unrecognized'],
    [
      'by saying the code back',
      ({ form }) => ({ status: 400, body: { error: form.get('code') } }),
      NOT_REDEEMED,
      'unrecognized',
    ],
  ])('%s is asked once and named in the log [TE-06] [TE-10]', async (_, script, expected, cause) => {
    expect(await attemptWith(script)).toEqual(expected)
    expect(bff.log.at(-1)).toMatchObject({ code: 'code-redemption-failed', cause })
  })

  it.each<[string, ScriptedAnswer]>([
    ['a page', { status: 400, headers: HTML, body: '<h1>Bad Request</h1>' }],
    ['a page that nothing is there', { status: 404, headers: HTML, body: '<h1>Not Found</h1>' }],
    ['nothing', { status: 400, body: '' }],
    ['JSON without an error', { status: 400, body: { message: 'no' } }],
    ['an error that is a number', { status: 400, body: { error: 7 } }],
    ['a list', { status: 400, body: ['invalid_grant'] }],
  ])('with %s is asked once [TE-06] [TE-10]', async (_, answer) => {
    expect(await attemptWith(() => answer)).toEqual(NOT_REDEEMED)
  })

  it('in hostile words has none of them shown or logged [TE-10] [CB-12] [LG-04]', async () => {
    for (const text of ['<script>planted()</script>', 'x\r\nset-cookie: planted=1', 'planted '.repeat(50)]) {
      bff.log.length = 0
      const body = { error: text, error_description: text, error_uri: text, [text]: text }
      const visitor = bff.newVisitor()
      const answers: Answer[] = []
      bff.server.scripts['/token'] = () => ({ status: 400, body })
      for (const mode of ['navigate', 'call']) {
        const { callbackTarget, parameters } = await beginLogin(bff, visitor)
        answers.push(
          mode === 'call'
            ? await visitor.callJson('/bff/callback', parameters)
            : await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor)),
        )
      }
      bff.server.scripts = {}

      expect(answers.map(({ status }) => status)).toEqual([502, 502])
      expect(JSON.stringify([answers, bff.log])).not.toContain('planted')
      expect(bff.log.at(-1)).toMatchObject({ code: 'code-redemption-failed', cause: 'unrecognized' })
    }
  })
})

describe('a token endpoint in trouble', () => {
  it.each<[string, ScriptedAnswer]>([
    ['500 and an OAuth error', { status: 500, body: { error: 'server_error' } }],
    ['500 and an error that would refuse the code', { status: 500, body: { error: 'invalid_grant' } }],
    ['500 and a page', { status: 500, headers: HTML, body: '<h1>Oops</h1>' }],
    ['502', { status: 502, headers: HTML, body: '<h1>Bad Gateway</h1>' }],
    ['503 and nothing', { status: 503, headers: { 'retry-after': '7' }, body: '' }],
    ['503 and a challenge of a gateway', { status: 503, headers: { 'www-authenticate': 'Basic' }, body: '' }],
    ['504', { status: 504, body: '' }],
    ['429 and an OAuth error', { status: 429, body: { error: 'slow_down' } }],
    ['429 and a page', { status: 429, headers: HTML, body: '<h1>Too many</h1>' }],
    ['429 and nothing', { status: 429, body: '' }],
  ])('that answers %s is asked once, and unavailable [TE-06] [TE-10] [TE-12]', async (_, answer) => {
    expect(await attemptWith(() => answer)).toEqual(UNAVAILABLE)
  })

  it('is told with Retry-After, to a person and to the application [TE-10]', async () => {
    bff.server.scripts['/token'] = () => ({ status: 503, body: '' })
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    const page = await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
    const { parameters } = await beginLogin(bff, visitor)
    const problem = await visitor.callJson('/bff/callback', parameters)
    bff.server.scripts = {}

    for (const { status, headers } of [page, problem]) {
      expect(status).toBe(503)
      expect(headers['retry-after']).toMatch(/^[1-9]\d*$/)
    }
  })
})

describe('an answer of the token endpoint that is none', () => {
  it.each<[string, Script]>([
    ['a page', () => ({ headers: HTML, body: '<h1>Welcome</h1>' })],
    ['nothing', () => ({ body: '' })],
    ['204', () => ({ status: 204 })],
    [
      '201 with tokens',
      () => ({ status: 201, body: { access_token: 'x', token_type: 'Bearer', id_token: 'x.y.z' } }),
    ],
  ])('%s is a redemption that failed, after one request [TE-06] [TE-10]', async (_, script) => {
    expect(await attemptWith(script)).toEqual(NOT_REDEEMED)
  })

  it.each([301, 302, 303, 307, 308])('a redirect by %i is not followed [TE-06] [TE-12]', async (status) => {
    const location = `${bff.server.issuer}/elsewhere`
    expect(await attemptWith(() => ({ status, headers: { location }, body: '' }))).toEqual(NOT_REDEEMED)
    expect(bff.server.requestsTo('/elsewhere')).toEqual([])
  })

  it.each<[string, Script]>([
    ['a connection that is reset', () => 'reset'],
    ['a connection that ends without a word', ({ socket }) => done(() => socket.end())],
    ['a body that breaks off', ({ socket }) => done(() => socket.end(head(1000, '{"access_token":')))],
    ['something that is not HTTP', ({ socket }) => done(() => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))],
  ])('%s is unavailable, after one request [TE-06]', async (_, script) => {
    expect(await attemptWith(script)).toEqual(UNAVAILABLE)
  })

  it.each<[string, Script]>([
    ['silence', () => 'hang'],
    ['a head without a body', ({ socket }) => done(() => socket.write(head(1000, '')))],
    ['a body that stops half-way', ({ socket }) => done(() => socket.write(head(1000, '{"access_token":')))],
  ])(
    '%s is given up after the time that is configured, after one request [TE-06] [TE-12]',
    async (_, script) => {
      const startedAt = performance.now()
      expect(await attemptWith(script, impatient)).toEqual(UNAVAILABLE)
      expect(impatient.log.at(-1)).toMatchObject({ cause: 'timeout' })
      const milliseconds = performance.now() - startedAt
      expect(milliseconds).toBeGreaterThan(990)
      expect(milliseconds).toBeLessThan(5000)
    },
  )

  it.each<[string, number, typeof COMPLETED]>([
    ['a little under 1 MB is read', LIMIT_BYTES - 8192, COMPLETED],
    ['over 1 MB is cut', LIMIT_BYTES + 1, UNAVAILABLE],
    ['of 50 MB is cut', 50 * LIMIT_BYTES, UNAVAILABLE],
  ])('a right answer of %s, after one request [TE-06] [TE-12]', async (_, bytes, expected) => {
    expect(await attemptLogin(bff, { tokenResponse: { filling: 'x'.repeat(bytes) } })).toEqual(expected)
  })

  it('that is too large is named in the log [TE-12]', async () => {
    await attemptLogin(bff, { tokenResponse: { filling: 'x'.repeat(LIMIT_BYTES) } })
    expect(bff.log.at(-1)).toMatchObject({ cause: 'response-too-large' })
  })
})

describe('a login after a token endpoint was in trouble', () => {
  it('is a new one and completes [TE-10]', async () => {
    const visitor = bff.newVisitor()
    const first = await beginLogin(bff, visitor)
    bff.server.scripts['/token'] = () => 'reset'
    await visitor.navigate(first.callbackTarget, fromAuthorizationServer(visitor))
    bff.server.scripts = {}
    const second = await beginLogin(bff, visitor)
    const complete = () => visitor.navigate(second.callbackTarget, fromAuthorizationServer(visitor))

    expect(await outcomeOf(bff, complete)).toEqual(COMPLETED)
  })
})

/** The script has answered on the socket itself. */
function done(answer: () => unknown): 'hang' {
  answer()
  return 'hang'
}

function head(length: number, body: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`
}
