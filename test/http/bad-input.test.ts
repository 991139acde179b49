import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, logIn, startBff, type TestBff } from '../support/bff.ts'
import type { EventChanges } from '../support/events.ts'
import { type Answer, invoke, type Visitor } from '../support/visitor.ts'

let bff: TestBff
let visitor: Visitor
beforeAll(async () => {
  bff = await startBff()
  visitor = bff.newVisitor()
  await logIn(bff, visitor)
})

const LONG = 'x'.repeat(70_000)
const json = (body: string, headers: EventChanges['headers'] = {}): EventChanges => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json', origin: 'https://app.example.com', ...headers },
})

const BAD: [what: string, target: string, changes: EventChanges, status: number, code: string][] = [
  ['an unknown login parameter', '/bff/login?foo=1', {}, 400, 'request-invalid'],
  ['a repeated login parameter', '/bff/login?returnTo=/a&returnTo=/b', {}, 400, 'request-invalid'],
  ['an over-long login parameter', `/bff/login?login_hint=${'x'.repeat(3000)}`, {}, 400, 'request-invalid'],
  ['a prompt that contradicts itself', '/bff/login?prompt=none%20login', {}, 400, 'request-invalid'],
  ['a max_age that is no number', '/bff/login?max_age=soon', {}, 400, 'request-invalid'],
  ['a prototype member as parameter', '/bff/login?__proto__=1', {}, 400, 'request-invalid'],
  ['a body that is no JSON', '/bff/login', json('{'), 400, 'request-invalid'],
  ['a body that is empty', '/bff/login', json(''), 400, 'request-invalid'],
  ['a body that is a list', '/bff/login', json('[]'), 400, 'request-invalid'],
  ['a body that is null', '/bff/login', json('null'), 400, 'request-invalid'],
  ['a JSON member twice', '/bff/login', json('{"returnTo":"/a","returnTo":"/b"}'), 400, 'request-invalid'],
  [
    'a JSON member twice, once escaped',
    '/bff/login',
    json('{"returnTo":"/a","return\\u0054o":"/b"}'),
    400,
    'request-invalid',
  ],
  ['a JSON member that is an object', '/bff/callback', json('{"state":{"a":"b"}}'), 400, 'request-invalid'],
  ['a JSON member of the prototype', '/bff/login', json('{"__proto__":"x"}'), 400, 'request-invalid'],
  ['a JSON bomb', '/bff/callback', json('['.repeat(60_000)), 400, 'request-invalid'],
  [
    'a deep JSON bomb',
    '/bff/callback',
    json(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`),
    400,
    'request-invalid',
  ],
  ['an oversized body', '/bff/callback', json(`{"code":"${LONG}"}`), 413, 'request-too-large'],
  [
    'a body of another type',
    '/bff/callback',
    json('{}', { 'content-type': 'text/plain' }),
    415,
    'content-type-unsupported',
  ],
  [
    'a body of no type',
    '/bff/login',
    json('{}', { 'content-type': undefined }),
    415,
    'content-type-unsupported',
  ],
  [
    'a multipart body',
    '/bff/callback',
    json('', { 'content-type': 'multipart/form-data; boundary=x' }),
    415,
    'content-type-unsupported',
  ],
  ['an empty authorization response', '/bff/callback', {}, 400, 'authorization-response-invalid'],
  ['a code without state', '/bff/callback?code=abc', {}, 400, 'authorization-response-invalid'],
  ['a state of no login', '/bff/callback?code=abc&state=nonsense', {}, 400, 'login-transaction-unknown'],
  [
    'a state with NUL and CRLF',
    '/bff/callback?code=abc&state=%00%0d%0aSet-Cookie:x',
    {},
    400,
    'login-transaction-unknown',
  ],
  ['an unknown session parameter', '/bff/session?token=1', {}, 400, 'request-invalid'],
  ['a repeated session parameter', '/bff/session?peek=1&peek=1', {}, 400, 'request-invalid'],
  ['an unknown path', '/bff/admin', {}, 404, 'not-found'],
  ['a path with a trailing slash', '/bff/login/', {}, 404, 'not-found'],
  ['a path in another case', '/bff/LOGIN', {}, 404, 'not-found'],
  ['a path that is encoded twice', '/bff/log%2569n', {}, 404, 'not-found'],
  ['a path with a prototype name', '/bff/__proto__', {}, 404, 'not-found'],
  ['an unknown method', '/bff/session', { method: 'BREW' }, 405, 'method-not-allowed'],
  ['a method of the prototype', '/bff/session', { method: 'constructor' }, 405, 'method-not-allowed'],
  ['a TRACE', '/bff/session', { method: 'TRACE' }, 405, 'method-not-allowed'],
  ['a CONNECT', '/bff/login', { method: 'CONNECT' }, 405, 'method-not-allowed'],
]

describe('bad input', () => {
  it.each(BAD)(
    '%s is a problem with a stable code, and starts and ends nothing [CC-17]',
    async (_, target, changes, status, code) => {
      const isCallback = target.startsWith('/bff/callback')
      const cookies = isCallback ? [] : [...visitor.jar].map(([name, value]) => `${name}=${value}`)
      const before = await bff.tables.items(bff.tables.loginTable)
      const answer = await invoke(bff.handler, 'fetch', {
        target,
        cookies,
        ...changes,
        headers: { 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined, ...changes.headers },
      })

      expect(problemOf(answer)).toEqual({ status, code })
      expect(answer.cookies).toEqual([])
      expect(await bff.tables.items(bff.tables.loginTable)).toEqual(before)
      expect((await visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
    },
  )

  it.each([
    ['garbage', [';;;=;', '=', 'a', '%%%=']],
    [
      'a login cookie without form',
      ['__Host-Http-login-=x', '__Host-Http-login-short=y', '__Host-Http-login-12345678=z'],
    ],
    ['three hundred cookies', Array.from({ length: 300 }, (_, index) => `c${index}=v`)],
    ['prototype names', ['__proto__=x', 'constructor=y', 'toString=z']],
  ])('in the Cookie header (%s) is no business of ours', async (_, cookies) => {
    const stranger = bff.newVisitor()
    expect((await stranger.navigate('/bff/login', { cookies })).status).toBe(303)
    expect((await stranger.call('GET', '/bff/session', { cookies })).json()).toEqual({ authenticated: false })
  })

  it.each(['/bff/login', '/bff/callback?code=a&state=b', '/bff/session'])(
    'includes HEAD: %s is 405 and runs no GET handler',
    async (target) => {
      const before = await bff.tables.items(bff.tables.loginTable)
      const answer = await visitor.call('HEAD', target)
      expect(answer).toMatchObject({ status: 405, body: '', cookies: [] })
      expect(answer.headers.allow).toContain('GET')
      expect(await bff.tables.items(bff.tables.loginTable)).toEqual(before)
    },
  )

  it('at the callback uses nothing up: the same login completes afterwards [CB-09]', async () => {
    const other = bff.newVisitor()
    const { callbackTarget, state } = await beginLogin(bff, other)
    const fromThere = fromAuthorizationServer(other)
    for (const target of [
      `${callbackTarget}&state=${state}`,
      `${callbackTarget}&code=x`,
      `/bff/callback?state=${state}`,
    ]) {
      const headers = { accept: '*/*', 'sec-fetch-mode': undefined }
      expect((await other.navigate(target, { ...fromThere, headers })).json()).toMatchObject({ status: 400 })
    }
    expect((await other.navigate(callbackTarget, fromThere)).status).toBe(303)
  })
})

function problemOf(answer: Answer) {
  expect(answer.headers['content-type']).toBe('application/problem+json')
  const problem = answer.json()
  expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'code', 'requestId', 'detail'])
  expect(problem.status).toBe(answer.status)
  expect(problem.requestId).toMatch(/^[\w-]{10,}=?$/)
  return { status: problem.status, code: problem.code }
}
