import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clearedLoginCookie,
  clearedSessionCookie,
  LOGIN_COOKIE_PREFIX,
  loginCookie,
  loginCookiesToDrop,
  MAXIMUM_LOGIN_COOKIES,
  readCookies,
  SESSION_COOKIE,
  sessionCookie,
} from '../../functions/adapters/http/cookies.ts'
import type { RandomToken } from '../../functions/domain/identifiers.ts'

const base64url = (length: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9_-]{${length}}$`))
const tokens = base64url(43) as fc.Arbitrary<RandomToken>
const suffixes = base64url(8)
const spaces = fc.stringMatching(/^[ \t]{0,3}$/)
const others = fc.tuple(fc.stringMatching(/^[a-z_$]{1,12}$/), fc.stringMatching(/^[!#-+\--:<-[\]-~]{0,20}$/))

describe('reading the Cookie header', () => {
  it('finds ours among any others, in any order, with any spaces and tabs around them [SC-15]', () => {
    const logins = fc.uniqueArray(fc.tuple(suffixes, tokens), {
      maxLength: 9,
      selector: ([suffix]) => suffix,
    })
    fc.assert(
      fc.property(tokens, logins, fc.array(others), spaces, (session, pairs, strangers, space) => {
        const ours = pairs.map(([suffix, value]) => `${LOGIN_COOKIE_PREFIX}${suffix}=${value}`)
        const all = [...strangers.map((pair) => pair.join('=')), `${SESSION_COOKIE}=${session}`, ...ours]
        const read = readCookies(all.map((pair) => space + pair + space).join(';'))
        expect(read.session).toBe(session)
        expect(read.sessionRepeated).toBe(false)
        expect([...read.logins]).toEqual(pairs)
      }),
    )
  })

  it('never throws, and believes nothing that is not of our form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (header) => {
        const { session, logins } = readCookies(header)
        for (const value of [session ?? 'A'.repeat(43), ...logins.values()])
          expect(value).toMatch(/^[\w-]{43}$/)
      }),
    )
  })

  it('believes neither of two session cookies [SC-15]', () => {
    fc.assert(
      fc.property(tokens, tokens, (first, second) => {
        const read = readCookies(`${SESSION_COOKIE}=${first}; ${SESSION_COOKIE}=${second}`)
        expect(read).toMatchObject({ session: undefined, sessionRepeated: true })
      }),
    )
  })
})

describe('the cookies we set', () => {
  const all = (token: RandomToken, suffix: string) => [
    sessionCookie(token),
    clearedSessionCookie(),
    ...(['query', 'form_post'] as const).flatMap((mode) => [
      loginCookie(suffix, token, mode),
      clearedLoginCookie(suffix, mode),
    ]),
  ]

  it('satisfy the __Host-Http- prefix and say SameSite, each of them [SC-01] [SC-02] [SC-04] [SC-05] [SC-06] [SC-16]', () => {
    fc.assert(
      fc.property(tokens, suffixes, (token, suffix) => {
        for (const cookie of all(token, suffix)) {
          expect(cookie).toMatch(/^__Host-Http-[\w-]+=[\w-]*;/)
          expect(cookie.split('; ').slice(1)).toEqual(
            expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure']),
          )
          expect(cookie).toMatch(/; SameSite=(Strict|Lax|None)$/)
          expect(cookie).not.toMatch(/Domain/i)
          expect(cookie.length).toBeLessThan(4096)
        }
      }),
    )
  })

  it('are read back as they were set', () => {
    fc.assert(
      fc.property(tokens, suffixes, (token, suffix) => {
        const pairs = [sessionCookie(token), loginCookie(suffix, token, 'query')].map(
          (cookie) => cookie.split(';')[0],
        )
        const read = readCookies(pairs.join('; '))
        expect(read.session).toBe(token)
        expect(read.logins.get(suffix)).toBe(token)
      }),
    )
  })

  it('never exceed the maximum of login cookies, whatever the browser held before [AR-29]', () => {
    fc.assert(
      fc.property(fc.uniqueArray(suffixes, { maxLength: 30 }), (held) => {
        const logins = new Map(held.map((suffix) => [suffix, 'A'.repeat(43) as RandomToken]))
        const dropped = loginCookiesToDrop(logins)
        expect(held.length - dropped.length + 1).toBeLessThanOrEqual(MAXIMUM_LOGIN_COOKIES)
        expect(dropped).toEqual(held.slice(0, dropped.length))
        expect(dropped.length).toBe(Math.max(0, held.length + 1 - MAXIMUM_LOGIN_COOKIES))
      }),
    )
  })
})
