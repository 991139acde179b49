import { beforeAll, describe, expect, it } from 'vitest'
import { startBff, type TestBff } from '../../support/bff.ts'
import { CLIENT } from '../../support/scripted-authorization-server.ts'
import { anotherInstance, attemptLogin, COMPLETED } from './attempt.ts'

const CALLBACK = 'https://app.example.com/bff/callback'
const OUR_PARAMETERS = [
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
]

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})

/** The authorization request of a new login in a new browser, and what else was answered. */
async function requestOf(query = '', { at = bff, headers = {} } = {}) {
  const answer = await at.newVisitor().navigate(`/bff/login${query}`, { headers })
  expect(answer.status).toBe(303)
  return new URL(answer.location)
}

async function parametersOf(query = '', at = bff) {
  const { searchParams } = await requestOf(query, { at })
  return Object.fromEntries(searchParams)
}

async function withMetadata<T>(metadata: { [name: string]: unknown }, act: () => Promise<T>): Promise<T> {
  bff.server.metadata = metadata
  try {
    return await act()
  } finally {
    bff.server.metadata = {}
  }
}

describe('an authorization request', () => {
  it('asks for a code under PKCE and for nothing else [AR-01] [AR-02] [AR-05] [AR-18]', async () => {
    const url = await requestOf()

    expect(url.href.startsWith(`${bff.server.issuer}/authorize?`)).toBe(true)
    expect([...url.searchParams.keys()].toSorted()).toEqual(OUR_PARAMETERS)
    expect(url.searchParams.get('response_type')).toBe('code')
    expect(url.searchParams.get('client_id')).toBe(CLIENT.id)
    expect(url.searchParams.get('code_challenge_method')).toBe('S256')
  })

  it('is the same for the application that owns its navigation [AR-01] [AR-28]', async () => {
    const answer = await bff.newVisitor().callJson('/bff/login', {})
    const url = new URL(String(answer.json().authorizationUrl))

    expect([...url.searchParams.keys()].toSorted()).toEqual(OUR_PARAMETERS)
  })

  it('has a state, nonce and challenge of its own in each of 300 logins [AR-04] [AR-08] [AR-10] [AR-12]', async () => {
    const seen = { state: new Set<string>(), nonce: new Set<string>(), code_challenge: new Set<string>() }
    const all = new Set<string>()
    for (let login = 0; login < 300; login += 1) {
      const parameters = await parametersOf()
      for (const [name, values] of Object.entries(seen)) {
        const value = String(parameters[name])
        values.add(value)
        all.add(value)
      }
    }

    for (const values of Object.values(seen)) expect(values.size).toBe(300)
    expect(all.size).toBe(900)
    for (const value of all) expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/)
  }, 60_000)

  it('keeps what the authorization endpoint has in its own query, but for our parameters [AR-01]', async () => {
    const endpoint = `${bff.server.issuer}/authorize?tenant=a%20b&client_id=another&state=fixed&response_type=token`
    const parameters = await withMetadata({ authorization_endpoint: endpoint }, async () =>
      parametersOf('', await anotherInstance(bff)),
    )

    expect(parameters).toMatchObject({ tenant: 'a b', client_id: CLIENT.id, response_type: 'code' })
    expect(parameters.state).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })
})

describe('the redirect_uri', () => {
  it.each<[string, { [name: string]: string }]>([
    ['Host', { host: 'evil.example' }],
    ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
    ['X-Forwarded-Proto', { 'x-forwarded-proto': 'http' }],
    ['X-Forwarded-Port', { 'x-forwarded-port': '8443' }],
    ['X-Forwarded-Prefix', { 'x-forwarded-prefix': '/evil' }],
    ['Forwarded', { forwarded: 'host=evil.example;proto=http' }],
    ['X-Original-URL', { 'x-original-url': '/evil', 'x-rewrite-url': '/evil' }],
    ['X-Original-Host', { 'x-original-host': 'evil.example', 'x-host': 'evil.example' }],
    ['Referer', { referer: 'https://evil.example/' }],
    [
      'all of them',
      { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' },
    ],
  ])('is the configured one, whatever %s says [AR-13] [AR-14]', async (_, headers) => {
    const redirected = await bff.newVisitor().navigate('/bff/login', { headers })
    const told = await bff.newVisitor().callJson('/bff/login', {}, { headers })
    const { authorizationUrl } = told.json<{ authorizationUrl: string }>()

    for (const url of [new URL(redirected.location), new URL(authorizationUrl)]) {
      expect(url.origin).toBe(bff.server.issuer)
      expect(url.searchParams.get('redirect_uri')).toBe(CALLBACK)
    }
    expect(JSON.stringify([redirected, told])).not.toContain('evil')
  })

  it('is the configured one byte for byte [AR-13]', async () => {
    const uri = 'https://APP.example.com:443/signed-in/../in?way=%2f&x=a+b'
    const at = await anotherInstance(bff, { BFF_REDIRECT_URI: uri })
    expect((await parametersOf('', at)).redirect_uri).toBe(uri)
  })

  it('cannot be configured with a fragment, or on plain http [AR-13]', async () => {
    for (const uri of [
      'https://app.example.com/in#x',
      'https://app.example.com/in#',
      'http://app.example.com/in',
    ]) {
      await expect(anotherInstance(bff, { BFF_REDIRECT_URI: uri })).rejects.toThrow('BFF_REDIRECT_URI')
    }
  })
})

describe('the scope', () => {
  it.each<[string, readonly string[] | undefined, string]>([
    ['not listed', undefined, 'openid profile email offline_access'],
    ['listed with offline_access', ['openid', 'offline_access'], 'openid profile email offline_access'],
    ['listed without offline_access', ['openid', 'email', 'phone'], 'openid profile email'],
    ['listed as none', [], 'openid profile email'],
  ])(
    'where those of the server are %s (%j) is %j, and no prompt is added [AR-11] [AR-16]',
    async (_, supported, expected) => {
      const { scope, prompt } = await withMetadata({ scopes_supported: supported }, async () =>
        parametersOf('', await anotherInstance(bff)),
      )
      expect(scope).toBe(expected)
      expect(prompt).toBeUndefined()
    },
  )

  it.each(['openid', 'orders:read openid', 'openid offline_access https://api.example/.default'])(
    'is what configuration says, no more and no less: %s [AR-11] [AR-15] [AR-16]',
    async (scope) => {
      const parameters = await parametersOf('', await anotherInstance(bff, { BFF_SCOPE: scope }))
      expect(parameters.scope).toBe(scope)
      expect(parameters.prompt).toBeUndefined()
    },
  )

  it.each(['profile email', 'openid2', 'OpenID', 'openid  email'])(
    'cannot be configured as %j [AR-11]',
    async (scope) => {
      await expect(anotherInstance(bff, { BFF_SCOPE: scope })).rejects.toThrow('BFF_SCOPE')
    },
  )
})

describe('the response_mode', () => {
  it('is left out when it is the default one [AR-18]', async () => {
    const at = await anotherInstance(bff, { BFF_RESPONSE_MODE: 'query' })
    expect(await parametersOf('', at)).not.toHaveProperty('response_mode')
  })

  it('is said when it is form_post [AR-18]', async () => {
    const at = await anotherInstance(bff, { BFF_RESPONSE_MODE: 'form_post' })
    expect(await parametersOf('', at)).toMatchObject({ response_mode: 'form_post' })
  })
})

describe('what the application passes through', () => {
  it.each([
    ['prompt', 'login'],
    ['prompt', 'none'],
    ['prompt', 'login consent'],
    ['login_hint', 'user+tag@example.com'],
    ['login_hint', '"><script>&state=x#y'],
    ['ui_locales', 'de-CH fr en'],
    ['acr_values', 'urn:example:gold urn:example:silver'],
    ['max_age', '0'],
    ['max_age', '3600'],
  ])('as %s=%s stands in the request as it is, and in no place of ours [AR-17]', async (name, value) => {
    const parameters = await parametersOf(`?${new URLSearchParams({ [name]: value })}`)

    expect(parameters[name]).toBe(value)
    expect(Object.keys(parameters).toSorted()).toEqual([...OUR_PARAMETERS, name].toSorted())
  })

  it.each(['none login', 'login none', 'none none', 'sudo', 'Login', '', 'login  consent'])(
    'as prompt=%j is refused [AR-17]',
    async (prompt) => {
      const answer = await bff.newVisitor().callJson('/bff/login', { prompt })
      expect(answer.json()).toMatchObject({ status: 400, code: 'request-invalid' })
    },
  )

  it.each([
    ...OUR_PARAMETERS,
    'response_mode',
    'request',
    'request_uri',
    'resource',
    'id_token_hint',
    'Prompt',
    'acr',
  ])('cannot be %s: neither ours nor one that nobody allowed [AR-13] [AR-15]', async (name) => {
    const visitor = bff.newVisitor()
    const answers = [
      await visitor.navigate(`/bff/login?prompt=login&${name}=mine`),
      await visitor.callJson('/bff/login', { prompt: 'login', [name]: 'mine' }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([400, 400])
    expect(answers[1]?.json()).toMatchObject({ code: 'request-invalid' })
    expect(visitor.jar.size).toBe(0)
  })

  it('does not keep a login from being completed [AR-17]', async () => {
    const query = `?${new URLSearchParams({ prompt: 'login', login_hint: 'user@example.com', max_age: '300' })}`
    expect(await attemptLogin(bff, {}, query)).toEqual(COMPLETED)
  })
})
