import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUser, signedInUser, startApi, type TestApi } from '../support/api.ts'
import { headerOf, type UpstreamCall } from '../support/upstream.ts'

let api: TestApi
let user: ApiUser
beforeAll(async () => {
  api = await startApi()
  user = await signedInUser(api)
})
afterAll(() => api.stop())

async function received(headers: { [name: string]: string }, method = 'GET'): Promise<UpstreamCall> {
  api.upstream.answer = () => ({})
  const { status } = await user.ask(method, '/api/orders/7', { headers })
  const [call, ...more] = api.upstream.takeCalls()
  expect({ status, more }).toEqual({ status: 200, more: [] })
  if (call === undefined) throw new Error('The upstream was not called.')
  return call
}

const SPOOF = 'spoofed-by-the-browser'

const ABOUT_THE_CLIENT = [
  ...[
    'authorization',
    'dpop',
    'x_csrf',
    'referer',
    'expect',
    'sec_fetch_site',
    'sec-fetch-mode',
    'sec-ch-ua',
    'sec-websocket-key',
    'sec-gpc',
  ],
  ...['access-control-request-method', 'access-control-request-headers'],
  ...['proxy-authorization', 'proxy-connection', 'proxy-anything', 'cookie2'],
]
const FORWARDING = [
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port'],
  ...[
    'x-forwarded-server',
    'x-forwarded-prefix',
    'x-forwarded-client-cert',
    'x-forwarded-user',
    'x-forwarded',
  ],
  ...['x-real-ip', 'x-client-ip', 'true-client-ip', 'client-ip', 'x-cluster-client-ip', 'x-originating-ip'],
  ...['cf-connecting-ip', 'cf-access-jwt-assertion', 'cloudfront-viewer-address', 'fastly-client-ip'],
  ...['x-amz-date', 'x-amz-security-token', 'x-amzn-trace-id', 'x-amzn-oidc-identity', 'x-amzn-oidc-data'],
  ...['x-envoy-original-path', 'x-envoy-external-address', 'x-original-url', 'x-original-host'],
  ...['x-original-forwarded-for', 'x-rewrite-url', 'x-host', 'x-azure-clientip', 'x-appengine-user-ip'],
]
const METHOD_OVERRIDES = [
  ...['x-http-method', 'x-http-method-override', 'x-method-override', 'x-http-methodoverride'],
]
const IDENTITY = [
  ...['remote-user', 'remote-addr', 'remote-groups', 'remote-email', 'x-remote-user', 'x-remote-group'],
  ...['x-user', 'x-user-id', 'x-userinfo', 'x-auth-user', 'x-auth-request-email', 'x-auth-token'],
  ...['x-authenticated-user', 'x-authenticated-userid', 'x-authorization', 'x-authentik-username'],
  ...['x-access-token', 'x-id-token', 'x-ms-client-principal', 'x-ms-client-principal-name'],
  ...['x-ms-token-aad-access-token', 'x-goog-authenticated-user-email', 'x-goog-iap-jwt-assertion'],
  ...['x-webauth-user', 'x-email', 'x-groups', 'x-consumer-username', 'x-credential-identifier'],
  ...['x-jwt-assertion', 'x-pomerium-jwt-assertion', 'x-vouch-user', 'oidc-claim-sub', 'oidc-access-token'],
  ...['shib-session-id', 'iv-user', 'sm-user', 'gap-auth', 'tailscale-user-login'],
  ...['ssl-client-cert', 'ssl-client-s-dn', 'x-ssl-client-cert', 'x-ssl-client-verify', 'x-client-cert'],
  ...['client-cert', 'client-cert-chain', 'x-arr-clientcert', 'x-serverless-authorization'],
]
const HOP_BY_HOP = ['keep-alive', 'te', 'trailer', 'transfer-encoding', 'http2-settings']
const SPOOFED = [...ABOUT_THE_CLIENT, ...FORWARDING, ...METHOD_OVERRIDES, ...IDENTITY, ...HOP_BY_HOP]

/** Spellings that some servers or gateways take for one and the same header. */
const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => name.replace(/(^|-)(.)/g, (_, dash, letter) => dash + letter.toUpperCase()),
  (name) => name.replaceAll('-', '_'),
  (name) => name.replaceAll('-', '_').toUpperCase(),
  (name) => name.replace('-', '_'),
  (name) => name.replaceAll('-', '.'),
]

describe.each(SPOOFED)('a browser that sends %s', (name) => {
  it('does not get it through, in whatever spelling [PX-04] [PX-05] [PX-08] [CC-10]', async () => {
    const spoofed = Object.fromEntries(SPELLINGS.map((spell) => [spell(name), SPOOF]))
    const call = await received({ ...spoofed, 'app-custom': 'kept' })
    expect(call.head).not.toContain(SPOOF)
    expect(headerOf(call, 'app-custom')).toEqual(['kept'])
  })
})

describe('what is between the browser and us', () => {
  it('goes no further: cookies, the static header, and by what else we knew the application [PX-04] [PX-05]', async () => {
    const cookies = [`__Host-Http-session=${user.jar.get('__Host-Http-session')}`, 'theme=dark', 'cookie=1']
    const { status } = await user.ask('POST', '/api/orders', { cookies, body: '{}' })
    const [call] = api.upstream.takeCalls()
    expect(status).toBe(200)
    expect(call?.head).not.toMatch(/cookie|theme|csrf|^origin|^referer|^sec-/im)
    expect(call?.head).not.toContain(user.jar.get('__Host-Http-session'))
  })

  it('is the method too: no header or field makes another of it [CC-10]', async () => {
    const headers = Object.fromEntries(METHOD_OVERRIDES.map((name) => [name, 'DELETE']))
    await user.ask('POST', '/api/orders?_method=DELETE', { headers, body: '_method=DELETE' })
    const [call] = api.upstream.takeCalls()
    expect(call?.head).toMatch(/^POST \/v1\?_method=DELETE HTTP\/1\.1\r\n/)
    expect(call?.body.toString()).toBe('_method=DELETE')
  })

  it('is what Connection names, whatever it is [PX-08]', async () => {
    const call = await received({
      connection: 'close, App-One-Hop ,app_with_mark,te, x-forwarded-for,authorization,\tapp-another',
      'app-one-hop': SPOOF,
      app_with_mark: SPOOF,
      'app-another': SPOOF,
      'app-custom': 'kept',
    })
    expect(call.head).not.toContain(SPOOF)
    expect(headerOf(call, 'app-custom')).toEqual(['kept'])
    expect(headerOf(call, 'x-forwarded-for')).toHaveLength(1)
    expect(headerOf(call, 'authorization')).toHaveLength(1)
  })
})

describe('an upstream', () => {
  it('is told by us alone where a call comes from [PX-05] [PX-16]', async () => {
    const headers = Object.fromEntries(FORWARDING.map((name) => [name, SPOOF]))
    await user.ask('GET', '/api/orders', { headers, sourceAddress: '2001:db8::7' })
    const [call] = api.upstream.takeCalls()
    const told = call?.headers.filter(([name]) => /forwarded|address|-ip$|host/i.test(name))
    expect(told).toEqual([
      ['x-forwarded-for', '2001:db8::7'],
      ['x-forwarded-host', 'app.example.com'],
      ['x-forwarded-proto', 'https'],
      ['Host', new URL(api.target).host],
    ])
  })

  it('gets the access token once, as a bearer token in the one header, and nowhere else [PX-06]', async () => {
    const call = await received({ authorization: 'Bearer of-the-browser', 'app-token': 'of-the-application' })
    const [token = ''] = api.server.issuedTokens
    expect(token).toMatch(/^at-/)
    expect(headerOf(call, 'authorization')).toEqual([`Bearer ${token}`])
    expect(call.head.split(token)).toHaveLength(2)
    expect(call.target).not.toContain(token)
    expect(JSON.stringify(api.takeLog())).not.toContain(token)
  })

  it('gets all else as it came: content, conditions, ranges, languages, keys of the application', async () => {
    const headers = {
      accept: 'application/json;q=0.9, */*;q=0.1',
      'accept-encoding': 'gzip, br;q=0.5',
      'accept-language': 'en-GB,en;q=0.9',
      'content-type': 'application/merge-patch+json; charset=utf-8',
      'content-encoding': 'gzip',
      'content-language': 'en',
      'if-match': '"a", W/"b"',
      'if-none-match': '*',
      'if-modified-since': 'Sat, 29 Oct 1994 19:43:31 GMT',
      range: 'bytes=0-99',
      'idempotency-key': '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
      'user-agent': 'An application/1.0',
      prefer: 'return=minimal',
      'cache-control': 'no-cache',
      'x-requested-with': 'XMLHttpRequest',
      'x-custom_header.with~marks': 'value',
      secret: 'not one of those that begin with sec-',
    }
    const call = await received(headers, 'PATCH')
    expect(Object.fromEntries(call.headers)).toMatchObject(headers)
  })
})

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const TRACESTATE = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'

describe('a trace of the browser', () => {
  it.each([
    TRACEPARENT,
    TRACEPARENT.replace(/01$/, '00'),
    TRACEPARENT.replace(/01$/, 'ff'),
    TRACEPARENT.replace(/^00/, 'cc'),
    `${TRACEPARENT.replace(/^00/, 'cc')}-what-comes-later`,
  ])('is joined as it is, with its state in its order: %s [LG-07] [LG-08] [LG-09]', async (traceparent) => {
    const call = await received({ traceparent, tracestate: TRACESTATE })
    expect(headerOf(call, 'traceparent')).toEqual([traceparent])
    expect(headerOf(call, 'tracestate')).toEqual([TRACESTATE])
  })

  it.each([
    '',
    'garbage',
    TRACEPARENT.toUpperCase(),
    TRACEPARENT.replace(/^00/, 'ff'),
    TRACEPARENT.replace(/^00/, '0'),
    TRACEPARENT.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    TRACEPARENT.replace('b7ad6b7169203331', '0'.repeat(16)),
    TRACEPARENT.replace('b7ad6b7169203331', 'b7ad6b716920333'),
    TRACEPARENT.replace('0af76519', '0af7651'),
    `${TRACEPARENT}-what-version-00-does-not-have`,
    `${TRACEPARENT.replace(/^00/, 'cc')}.what-comes-later`,
    `${TRACEPARENT}, ${TRACEPARENT}`,
    TRACEPARENT.replaceAll('-', '_'),
  ])('that cannot be read is ignored with its state: %j [LG-07] [LG-09]', async (traceparent) => {
    const call = await received({ traceparent, tracestate: TRACESTATE })
    expect(call.head).not.toMatch(/^trace/im)
  })

  it('is no trace if it is a state alone [LG-09]', async () => {
    expect((await received({ tracestate: TRACESTATE })).head).not.toMatch(/^trace/im)
  })

  it('may have no state [LG-07]', async () => {
    const call = await received({ traceparent: TRACEPARENT })
    expect(call.headers.filter(([name]) => name.startsWith('trace'))).toEqual([['traceparent', TRACEPARENT]])
  })
})
