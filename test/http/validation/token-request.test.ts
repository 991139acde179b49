import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { startBff, type TestBff } from '../../support/bff.ts'
import { CLIENT, type ReceivedRequest } from '../../support/scripted-authorization-server.ts'
import { anotherInstance, attemptLogin, COMPLETED } from './attempt.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})

interface SeenLogin {
  readonly authorization: URLSearchParams
  readonly token: ReceivedRequest
}

/** A login as the authorization server saw it. */
async function seenLogin(at: TestBff): Promise<SeenLogin> {
  const { issueCode } = at.server
  const seen: string[] = []
  at.server.issueCode = (authorizationUrl, code) => {
    seen.push(authorizationUrl)
    return issueCode(authorizationUrl, code)
  }
  try {
    const aud = at.settings.clientId
    const changeIdToken = ({ claims }: { claims: object }) => void Object.assign(claims, { aud })
    expect(await attemptLogin(at, { changeIdToken })).toEqual(COMPLETED)
  } finally {
    at.server.issueCode = issueCode
  }
  const token = at.server.requestsTo('/token').at(-1)
  if (token === undefined) throw new Error('There was no token request.')
  return { authorization: new URL(String(seen[0])).searchParams, token }
}

/** Everything in a request by which a client can authenticate. @see RFC 6749 section 2.3.1 */
function credentialsIn({ headers, form }: ReceivedRequest) {
  const basic = /^Basic (.*)$/.exec(headers.authorization ?? '')?.[1]
  const [id = '', secret = ''] = Buffer.from(basic ?? '', 'base64')
    .toString('latin1')
    .split(/:(.*)/s)
  return {
    ...(headers.authorization === undefined ? {} : { basic: [formDecoded(id), formDecoded(secret)] }),
    ...(form.has('client_secret') ? { post: [form.get('client_id'), form.get('client_secret')] } : {}),
    ...(form.has('client_assertion') ? { assertion: form.get('client_assertion') } : {}),
  }
}

/** As `application/x-www-form-urlencoded` says; throws if it is not. */
function formDecoded(text: string): string {
  if (!/^[A-Za-z0-9*._+%-]*$/.test(text)) throw new Error('The credentials are not form-encoded.')
  return decodeURIComponent(text.replaceAll('+', ' '))
}

describe('a token request', () => {
  it('is one form by POST with each parameter once and nothing in the URL [TE-01] [AR-01]', async () => {
    const { token } = await seenLogin(bff)

    expect(token.method).toBe('POST')
    expect(token.query).toBe('')
    expect(token.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded(?:;charset=utf-8)?$/i)
    expect([...token.form.keys()].toSorted()).toEqual([
      'client_id',
      'client_secret',
      'code',
      'code_verifier',
      'grant_type',
      'redirect_uri',
    ])
    expect(token.form.get('grant_type')).toBe('authorization_code')
  })

  it.each([
    'https://app.example.com/bff/callback',
    'https://app.example.com/signed-in?from=%2Flogin&way=a+b',
    'https://APP.example.com/signed-in/',
    'http://localhost:5173/signed-in',
  ])(
    'repeats the redirect_uri of the authorization request, the configured %s [TE-02] [AR-13]',
    async (uri) => {
      const { authorization, token } = await seenLogin(await anotherInstance(bff, { BFF_REDIRECT_URI: uri }))
      expect([authorization.get('redirect_uri'), token.form.get('redirect_uri')]).toEqual([uri, uri])
    },
  )

  it('proves the challenge of its own authorization request by S256 [TE-03] [AR-05]', async () => {
    const verifiers = new Set<string>()
    for (let login = 0; login < 5; login += 1) {
      const { authorization, token } = await seenLogin(bff)
      const verifier = token.form.get('code_verifier') ?? ''
      verifiers.add(verifier)
      expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/)
      expect(authorization.get('code_challenge_method')).toBe('S256')
      expect(authorization.get('code_challenge')).toBe(
        createHash('sha256').update(verifier).digest('base64url'),
      )
    }
    expect(verifiers.size).toBe(5)
  })

  it('goes out on a connection of its own, which is closed after it [TE-06] [TE-12]', async () => {
    for (let login = 0; login < 3; login += 1) await seenLogin(bff)
    const token = bff.server.requestsTo('/token')
    const others = bff.server.requests.filter(({ path }) => path !== '/token')

    expect(new Set(token.map(({ socket }) => socket)).size).toBe(token.length)
    expect(others.filter(({ socket }) => token.some((request) => request.socket === socket))).toEqual([])
    for (const { headers } of token) expect(headers.connection).toBe('close')
  })
})

const SECRETS: [string, string][] = [
  ['a colon', 'before:after:'],
  ['a percent sign', '100%25 of %zz'],
  ['a plus sign', 'a+b++'],
  ['spaces', ' spaces  all around '],
  ['the characters of a form', 'a&b=c?d#e/f'],
  ['what some encoders leave alone', "-_.~!*'()"],
  ['letters beyond ASCII', 'pässwörd-密码-🔑'],
  ['quotes and a backslash', '"\\\''],
]

describe('a client that authenticates', () => {
  it.each([
    ['client_secret_post', { post: [CLIENT.id, CLIENT.secret] }],
    ['client_secret_basic', { basic: [CLIENT.id, CLIENT.secret] }],
  ])('by %s does so in that way alone [TE-04] [CA-01]', async (method, expected) => {
    const at = await anotherInstance(bff, { BFF_CLIENT_AUTH: method })
    const { token } = await withAnyCredentials(() => seenLogin(at))
    expect(credentialsIn(token)).toEqual(expected)
  })

  it.each(SECRETS)('by client_secret_basic form-encodes %s before base64 [CA-03]', async (_, secret) => {
    const id = 'client:1 of 100%+'
    const at = await anotherInstance(bff, {
      BFF_CLIENT_AUTH: 'client_secret_basic',
      BFF_CLIENT_ID: id,
      BFF_CLIENT_SECRET: secret,
    })
    const { token } = await withAnyCredentials(() => seenLogin(at))
    expect(credentialsIn(token)).toEqual({ basic: [id, secret] })
  })

  it.each(SECRETS)('by client_secret_post sends %s unharmed [CA-03]', async (_, secret) => {
    const at = await anotherInstance(bff, { BFF_CLIENT_SECRET: secret })
    const { token } = await withAnyCredentials(() => seenLogin(at))
    expect(credentialsIn(token)).toEqual({ post: [CLIENT.id, secret] })
  })

  it.each(['client_secret_post', 'client_secret_basic'])(
    'by %s puts its secret into no URL [CA-04]',
    async (method) => {
      const secret = 'never-in-a-url-0123456789'
      const at = await anotherInstance(bff, { BFF_CLIENT_AUTH: method, BFF_CLIENT_SECRET: secret })
      const { authorization } = await withAnyCredentials(() => seenLogin(at))
      const urls = bff.server.requests.map(
        ({ path, query, headers }) => path + query + (headers.referer ?? ''),
      )

      expect(authorization.toString()).not.toContain(secret)
      expect(urls.join('\n')).not.toContain(secret)
      expect([...authorization.keys()]).not.toContain('client_secret')
    },
  )

  it.each([
    ['as none', { BFF_CLIENT_AUTH: 'none' }, 'BFF_CLIENT_AUTH'],
    ['in a way of nobody', { BFF_CLIENT_AUTH: 'client_secret' }, 'BFF_CLIENT_AUTH'],
    ['without a secret', { BFF_CLIENT_SECRET: '' }, 'BFF_CLIENT_SECRET'],
  ])('%s cannot be configured [CA-01]', async (_, environment, name) => {
    await expect(anotherInstance(bff, environment)).rejects.toThrow(name)
  })
})

/** The server takes any client for ours: the test looks at the credentials itself. */
async function withAnyCredentials<T>(act: () => Promise<T>): Promise<T> {
  const { authenticatesClient } = bff.server
  bff.server.authenticatesClient = () => true
  try {
    return await act()
  } finally {
    bff.server.authenticatesClient = authenticatesClient
  }
}
