import { describe, expect, it } from 'vitest'
import { readSettings, settingsOrThrow } from '../../functions/lambda/settings.ts'
import type { Environment } from '../../functions/lambda/settings-reader.ts'
import { SMALLEST_ENVIRONMENT } from '../support/environment.ts'

const withSettings = (changes: Environment) => ({ ...SMALLEST_ENVIRONMENT, ...changes })

function expectRefused(name: string, value: string, others: Environment = {}): void {
  const read = readSettings(withSettings({ ...others, [name]: value }))
  expect(read.ok ? [] : read.failure.map((problem) => problem.name)).toEqual([name])
}

function expectTaken(name: string, value: string, others: Environment = {}): void {
  expect(readSettings(withSettings({ ...others, [name]: value })).ok).toBe(true)
}

const LOOPBACK = ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'http://localhost']
const INSECURE = [
  'http://login.example.com',
  'http://localhost.example.com',
  'http://127.0.0.1.example.com',
  'http://10.0.0.1',
  'http://0.0.0.0:3000',
  'http://[::2]:3000',
  'ftp://localhost',
]

describe('plain http', () => {
  it.each(LOOPBACK)('is admitted on a loopback host: %s', (url) => {
    expectTaken('BFF_ISSUER', url)
    expectTaken('BFF_PUBLIC_ORIGIN', url)
    expectTaken('BFF_REDIRECT_URI', `${url}/callback`)
    expectTaken('BFF_POST_LOGOUT_REDIRECT_URI', `${url}/`)
  })

  it.each(INSECURE)('and any other insecure scheme is refused elsewhere: %s [PX-17]', (url) => {
    expectRefused('BFF_ISSUER', url)
    expectRefused('BFF_PUBLIC_ORIGIN', url)
    expectRefused('BFF_REDIRECT_URI', `${url}/callback`)
    expectRefused('BFF_POST_LOGOUT_REDIRECT_URI', `${url}/`)
  })
})

describe('the public origin', () => {
  it.each([
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com?query',
    'https://user@app.example.com',
    'https://APP.example.com',
    'https://app.example.com:443',
    'null',
    'app.example.com',
  ])('is an origin as browsers write it, and not %s', (value) => {
    expectRefused('BFF_PUBLIC_ORIGIN', value)
  })
})

describe('the issuer', () => {
  it.each([
    'https://login.example.com',
    'https://login.example.com/',
    'https://login.example.com/tenant/v2.0',
  ])('is kept byte for byte: %s [MD-01] [MD-03]', (issuer) => {
    expect(settingsOrThrow(withSettings({ BFF_ISSUER: issuer })).issuer).toBe(issuer)
  })

  it.each([
    'https://login.example.com?tenant=1',
    'https://login.example.com#fragment',
    'https://user:password@login.example.com',
    'https://',
    '//login.example.com',
  ])('is an https URL without query, fragment and user: not %s', (value) => {
    expectRefused('BFF_ISSUER', value)
  })
})

/** What the URL parser repairs without a word; the text itself would never match what the server has registered. */
const REPAIRED: { readonly [flaw: string]: (url: string) => string } = {
  'a space before it': (url) => ` ${url}`,
  'a line break after it': (url) => `${url}\n`,
  'a tab in it': (url) => url.replace('example', 'exam\tple'),
  'no slashes after the scheme': (url) => url.replace('//', ''),
  'a backslash for a slash': (url) => url.replace('//', '\\\\'),
}

describe('a URL that is compared byte for byte', () => {
  it.each(Object.entries(REPAIRED))('is refused with %s [AR-13] [MD-01]', (_, flawed) => {
    expectRefused('BFF_ISSUER', flawed('https://login.example.com/tenant'))
    expectRefused('BFF_REDIRECT_URI', flawed('https://app.example.com/callback'))
    expectRefused('BFF_POST_LOGOUT_REDIRECT_URI', flawed('https://app.example.com/goodbye'))
  })
})

describe('the redirect URI', () => {
  it('may be a route of the application, and is kept byte for byte [AR-13]', () => {
    const uri = 'https://app.example.com/signed-in?tenant=a%2Fb'
    expect(settingsOrThrow(withSettings({ BFF_REDIRECT_URI: uri })).redirectUri).toBe(uri)
  })

  it.each([
    'https://app.example.com/callback#',
    'https://app.example.com/callback#fragment',
    'https://user@app.example.com/callback',
    '/callback',
  ])('is absolute and without fragment: not %s [AR-13]', (value) => {
    expectRefused('BFF_REDIRECT_URI', value)
  })

  it('is the callback endpoint if the answer comes as a form post', () => {
    const formPost = { BFF_RESPONSE_MODE: 'form_post' }
    expectTaken('BFF_REDIRECT_URI', 'https://app.example.com/bff/callback', formPost)
    expectTaken('BFF_REDIRECT_URI', '', formPost)
    expectRefused('BFF_REDIRECT_URI', 'https://app.example.com/signed-in', formPost)
    expectRefused('BFF_REDIRECT_URI', 'https://other.example.com/bff/callback', formPost)
    expectRefused('BFF_REDIRECT_URI', 'https://app.example.com/bff/callback', {
      ...formPost,
      BFF_BASE_PATH: '/auth',
    })
  })
})

describe('the scope', () => {
  it.each(['openid', 'openid profile', 'profile openid https://api.example.com/read'])(
    'may be %s',
    (scope) => {
      expect(settingsOrThrow(withSettings({ BFF_SCOPE: scope })).scope).toBe(scope)
    },
  )

  it.each(['profile email', 'openid2', 'OPENID', 'openid  email', ' openid', 'openid,email', 'openid "x"'])(
    'is refused without openid, or with values not separated by single spaces: %s [AR-11]',
    (scope) => {
      expectRefused('BFF_SCOPE', scope)
    },
  )
})

describe('the algorithms of ID tokens', () => {
  it('may be fewer than the default', () => {
    const { idTokenAlgorithms } = settingsOrThrow(withSettings({ BFF_ID_TOKEN_ALGS: 'PS256, ES256' }))
    expect(idTokenAlgorithms).toEqual(['PS256', 'ES256'])
  })

  it.each(['none', 'None', 'RS256,none', 'RS256,', 'rs256', 'RS1', 'RS256 ES256'])(
    'are known ones that sign: not %s [IT-05]',
    (algorithms) => {
      expectRefused('BFF_ID_TOKEN_ALGS', algorithms)
    },
  )

  it('include one with a shared secret only if it is listed [IT-07]', () => {
    const unlisted = settingsOrThrow(SMALLEST_ENVIRONMENT).idTokenAlgorithms
    expect(unlisted.filter((algorithm) => algorithm.startsWith('HS'))).toEqual([])
    const listed = settingsOrThrow(withSettings({ BFF_ID_TOKEN_ALGS: 'HS256' })).idTokenAlgorithms
    expect(listed).toEqual(['HS256'])
  })
})

describe('the life of a session', () => {
  it('may be idle as long as it may last, but no longer [SC-12]', () => {
    const absolute = { BFF_SESSION_ABSOLUTE_SECONDS: '3600' }
    expectTaken('BFF_SESSION_IDLE_SECONDS', '3600', absolute)
    expectRefused('BFF_SESSION_IDLE_SECONDS', '3601', absolute)
    expectRefused('BFF_SESSION_IDLE_SECONDS', '28801')
  })

  it.each(['0', '59', '-1800', '1e3', '1800.5', '1800s', '0x708', '99999999999'])(
    'is a sensible whole number of seconds: not %s',
    (seconds) => {
      expectRefused('BFF_SESSION_IDLE_SECONDS', seconds)
      expectRefused('BFF_SESSION_ABSOLUTE_SECONDS', seconds)
    },
  )

  it('is at most 400 days, as long as a browser keeps a cookie [SC-06]', () => {
    expectTaken('BFF_SESSION_ABSOLUTE_SECONDS', String(400 * 86_400))
    expectRefused('BFF_SESSION_ABSOLUTE_SECONDS', String(400 * 86_400 + 1))
  })
})

describe('paths', () => {
  it.each(['/login-failed', '/', '/app/#/login-failed', '/error?kind=login', '/bffoon'])(
    'of the application may show errors: %s',
    (path) => expectTaken('BFF_ERROR_PATH', path),
  )

  it.each([
    ...['/bff', '/bff/', '/bff/login', '/bff/error', '/%62ff/login', '/x/../bff/login', '/api/x'],
    ...['//evil.example', '/\\evil.example', 'https://evil.example/', 'error', '/err or', '/err\tor'],
  ])('of the BFF, of another site or in disguise may not: %s [CB-18]', (path) => {
    expectRefused('BFF_ERROR_PATH', path)
  })

  it.each(['/api', '/api/bff', '/', 'bff', '/bff/', '//bff', '/b ff', '/bff?x', '/bff/../x', '/b%66f'])(
    'of the BFF itself cannot be %s',
    (path) => expectRefused('BFF_BASE_PATH', path),
  )
})
