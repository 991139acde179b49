import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestBff } from '../../support/bff.ts'
import type { EventChanges } from '../../support/events.ts'
import { isSignedIn, logInAs, postLogoutForm, startWithBackchannelLogout } from '../../support/logouts.ts'
import type { Answer, Visitor } from '../../support/visitor.ts'
import { expectRefusal, expectSuccess } from './answers.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startWithBackchannelLogout()
})
afterAll(() => bff.server.stop())

let visitor: Visitor
let token: string
beforeEach(async () => {
  // A login that begins in the very millisecond of the logout before it is ended by that.
  bff.clock.advance(1)
  visitor = await logInAs(bff, { sub: 'user-1' })
  token = await bff.server.logoutToken({ sub: 'user-1' })
})

const form = (more: [string, string][] = []) => new URLSearchParams([['logout_token', token], ...more])

describe('a request for back-channel logout', () => {
  it.each<[string, () => Promise<Answer>]>([
    [
      'is a form with a logout token, and no cookie or header of a browser',
      () => postLogoutForm(bff, form()),
    ],
    [
      'may have fields that we do not know',
      () =>
        postLogoutForm(
          bff,
          form([
            ['foo', 'bar'],
            ['state', 'x'],
          ]),
        ),
    ],
    [
      'may be in base64, as a gateway passes it',
      () => {
        const body = Buffer.from(form().toString()).toString('base64')
        return postLogoutForm(bff, '', { body, isBase64Encoded: true })
      },
    ],
    [
      'may say the charset of its form',
      () => {
        const headers = { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=utf-8' }
        return postLogoutForm(bff, form(), { headers })
      },
    ],
  ])('%s [LO-09] [LO-18] [LO-20]', async (_, send) => {
    expectSuccess(await send())
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it.each<[string, EventChanges]>([
    ['another site', { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } }],
    ['an opaque origin', { headers: { origin: 'null' } }],
    ['a browser with a cookie of ours', { cookies: [`__Host-Http-session=${'B'.repeat(43)}`] }],
    [
      'a browser with two',
      { cookies: [`__Host-Http-session=${'B'.repeat(43)}`, `__Host-Http-session=${'C'.repeat(43)}`] },
    ],
  ])('is believed for its token alone, even from %s [LO-09] [CC-12]', async (_, changes) => {
    expectSuccess(await postLogoutForm(bff, form(), changes))
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it.each<[string, () => Promise<Answer>]>([
    ['no token', () => postLogoutForm(bff, 'foo=bar')],
    ['an empty token', () => postLogoutForm(bff, 'logout_token=')],
    ['no body', () => postLogoutForm(bff, '')],
    ['two tokens', () => postLogoutForm(bff, form([['logout_token', token]]))],
    ['a token under another name', () => postLogoutForm(bff, `Logout_Token=${token}`)],
    [
      'its token in the query',
      () => postLogoutForm(bff, 'a=b', { target: `/bff/backchannel-logout?logout_token=${token}` }),
    ],
    ['more than 64 KB', () => postLogoutForm(bff, form([['padding', 'x'.repeat(65_536)]]))],
    ['a body that is not a form', () => postLogoutForm(bff, '\u0000\u00ff%%%')],
  ])('with %s is refused [LO-09] [LO-18] [LO-20]', async (_, send) => {
    expectRefusal(await send())
    expect(await isSignedIn(visitor)).toBe(true)
  })

  it.each([
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/jwt',
    undefined,
  ])('of the type %s is refused, whatever its body [LO-09] [LO-18] [LO-20]', async (type) => {
    const headers = { 'content-type': type }
    const bodies = [form().toString(), JSON.stringify({ logout_token: token }), token]
    for (const body of bodies) expectRefusal(await postLogoutForm(bff, body, { headers }))
    expect(await isSignedIn(visitor)).toBe(true)
  })

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'is never a %s [LO-09] [LO-20]',
    async (method) => {
      const answer = await postLogoutForm(bff, form(), { method })
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST'])
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(await isSignedIn(visitor)).toBe(true)
    },
  )

  it('is told in the log by what it ended, or why it was refused, and nothing of the token', async () => {
    for (const sid of ['a', 'b']) await logInAs(bff, { sub: 'user-2', sid })
    token = await bff.server.logoutToken({ sub: 'user-2' })
    bff.log.length = 0
    await postLogoutForm(bff, form())
    await postLogoutForm(bff, `logout_token=${token}x`)
    await postLogoutForm(bff, 'logout_token=x')
    const route = 'POST /bff/backchannel-logout'
    const refused = { level: 'info', event: 'backchannel-logout-refused', route, status: 400 }
    expect(bff.log).toMatchObject([
      { level: 'info', event: 'backchannel-logout-accepted', route, status: 200, sessionsEnded: 2 },
      { ...refused, cause: 'malformed' },
      { ...refused, cause: 'malformed' },
    ])
    expect(JSON.stringify(bff.log)).not.toContain('user-2')
  })
})
