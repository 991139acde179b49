import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff, userLogsIn } from '../../support/bff.ts'
import {
  type ReceivedRequest,
  type ScriptedAnswer,
  startScriptedAuthorizationServer,
} from '../../support/scripted-authorization-server.ts'
import { anotherInstance, attemptLogin, COMPLETED, outcomeOf, refused } from './attempt.ts'

const METADATA = '/.well-known/openid-configuration'
const UNAVAILABLE = refused(503, 'authorization-server-unavailable', 0)

let shared: TestBff
beforeAll(async () => {
  shared = await startBff()
})

/** An instance that has not asked for the metadata yet, and what it answers to a login. */
async function beginning(environment = {}, bff?: TestBff) {
  const at = bff ?? (await anotherInstance(shared, environment))
  const rows = async () => (await at.tables.items(at.tables.loginTable)).length
  const before = await rows()
  const answer = await at.newVisitor().navigate('/bff/login')
  const outcome = await outcomeOf(at, async () => answer)
  return {
    at,
    outcome,
    location: answer.location,
    headers: answer.headers,
    rowsAdded: (await rows()) - before,
  }
}

async function withMetadata<T>(metadata: { [name: string]: unknown }, act: () => Promise<T>): Promise<T> {
  shared.server.metadata = metadata
  try {
    return await act()
  } finally {
    shared.server.metadata = {}
  }
}

describe('metadata of another issuer', () => {
  it.each<[string, (issuer: string) => unknown]>([
    ['with a suffix', (issuer) => `${issuer}.evil.example`],
    ['with a trailing slash', (issuer) => `${issuer}/`],
    ['with a path', (issuer) => `${issuer}/tenant`],
    ['in another case', (issuer) => issuer.replace('http', 'HTTP')],
    ['on another server', () => 'https://evil.example'],
    ['that is missing', () => undefined],
    ['that is a list', (issuer) => [issuer]],
  ])('%s is not used at all [MD-01]', async (_, change) => {
    const issuer = change(shared.server.issuer)
    const { outcome, rowsAdded, location } = await withMetadata({ issuer }, () => beginning())

    expect(outcome).toEqual(UNAVAILABLE)
    expect([location, rowsAdded]).toEqual(['', 0])
  })
})

const ISSUERS: [path: string, appended: string, inserted: string][] = [
  ['', METADATA, '/.well-known/oauth-authorization-server'],
  ['/', METADATA, '/.well-known/oauth-authorization-server'],
  ['/tenant', `/tenant${METADATA}`, '/.well-known/oauth-authorization-server/tenant'],
  ['/tenant/', `/tenant${METADATA}`, '/.well-known/oauth-authorization-server/tenant'],
  ['/a/b', `/a/b${METADATA}`, '/.well-known/oauth-authorization-server/a/b'],
]

describe.each(ISSUERS)('an issuer whose path is "%s"', (issuerPath, appended, inserted) => {
  async function bffOf(wellKnown: string) {
    const { clock, tables } = shared
    const server = await startScriptedAuthorizationServer(clock, { issuerPath })
    server.scripts[METADATA] = () => ({ status: 404, body: '' })
    server.scripts[wellKnown] = () => ({ body: server.metadataDocument() })
    return startBff({ clock, tables, server })
  }

  it.each([
    ['appended', appended],
    ['inserted before the path', inserted],
  ])('has its metadata where the well-known name is %s [MD-03]', async (_, wellKnown) => {
    expect(await attemptKeepingScripts(await bffOf(wellKnown))).toEqual(COMPLETED)
  })

  it('is compared as it is written, with or without a slash at its end [MD-03] [IT-01] [CB-04]', async () => {
    const bff = await bffOf(appended)
    const { issuer } = bff.server
    const other = issuer.endsWith('/') ? issuer.slice(0, -1) : `${issuer}/`
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    const callBack = () =>
      visitor.navigate(`${callbackTarget}&iss=${encodeURIComponent(other)}`, fromAuthorizationServer(visitor))

    expect(await outcomeOf(bff, callBack)).toEqual(refused(400, 'authorization-response-invalid', 0))
    expect(await attemptKeepingScripts(bff, other)).toEqual(refused(502, 'id-token-invalid', 1))
    bff.server.metadata = { issuer: other }
    const fresh = await anotherInstance(bff)
    expect((await beginning({}, fresh)).outcome).toEqual(UNAVAILABLE)
  })

  function attemptKeepingScripts(bff: TestBff, iss = bff.server.issuer) {
    return attemptLogin(bff, { changeIdToken: ({ claims }) => void Object.assign(claims, { iss }) })
  }
})

describe('the endpoints in the metadata', () => {
  it.each<[string, unknown]>([
    ['on plain http elsewhere', 'http://login.example/endpoint'],
    ['of another scheme', 'ftp://login.example/endpoint'],
    ['that is a script', 'javascript:alert(1)'],
    ['that is relative', '/endpoint'],
    ['that is empty', ''],
    ['that is missing', undefined],
  ])('are not used if there is one %s [MD-04]', async (_, endpoint) => {
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
      const { outcome, rowsAdded } = await withMetadata({ [name]: endpoint }, () => beginning())
      expect(outcome).toEqual(UNAVAILABLE)
      expect(rowsAdded).toBe(0)
    }
  })
})

describe('PKCE in the metadata', () => {
  it.each([[['plain']], [[]], [['s256']], [['S512', 'plain']]])(
    'by the methods %j refuses every login: there is no falling back to plain [AR-06]',
    async (methods) => {
      const metadata = { code_challenge_methods_supported: methods }
      const { outcome, rowsAdded, location } = await withMetadata(metadata, () => beginning())

      expect(outcome).toEqual(refused(502, 'pkce-unsupported', 0))
      expect([location, rowsAdded]).toEqual(['', 0])
    },
  )

  it.each([[undefined], [['plain', 'S256']]])(
    'by the methods %j works, by S256 [AR-06] [AR-07]',
    async (methods) => {
      const metadata = { code_challenge_methods_supported: methods }
      const { at, location } = await withMetadata(metadata, () => beginning())

      expect(new URL(location).searchParams.get('code_challenge_method')).toBe('S256')
      expect(await attemptLogin(at)).toEqual(COMPLETED)
    },
  )

  it('need not be announced: state and nonce are checked in any case [AR-07] [CB-01] [IT-11]', async () => {
    const { at } = await withMetadata({ code_challenge_methods_supported: undefined }, () => beginning())
    const visitor = at.newVisitor()
    const { parameters } = await beginLogin(at, visitor)
    const wrongState = new URLSearchParams({ ...parameters, state: 'A'.repeat(43) })
    const callBack = () => visitor.navigate(`/bff/callback?${wrongState}`, fromAuthorizationServer(visitor))
    const wrongNonce = ({ claims }: { claims: object }) => void Object.assign(claims, { nonce: 'another' })

    expect(await outcomeOf(at, callBack)).toEqual(refused(400, 'login-transaction-unknown', 0))
    expect(await attemptLogin(at, { changeIdToken: wrongNonce })).toEqual(refused(502, 'id-token-invalid', 1))
  })
})

type Script = (request: ReceivedRequest) => ScriptedAnswer | 'hang' | 'reset'

const NOTHING_USABLE: [string, Script][] = [
  ['500', () => ({ status: 500, body: '' })],
  ['404', () => ({ status: 404, body: '' })],
  ['a page', () => ({ headers: { 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' })],
  ['nothing', () => ({ body: '' })],
  ['a list', () => ({ body: [] })],
  ['a redirect to the right place', () => ({ status: 302, headers: { location: '/moved' }, body: '' })],
  ['more than 1 MB', () => ({ body: { ...shared.server.metadataDocument(), x: 'x'.repeat(1024 * 1024) } })],
  ['a reset', () => 'reset'],
  ['silence', () => 'hang'],
]

describe('an authorization server that gives no metadata', () => {
  it.each(NOTHING_USABLE)(
    'but %s makes a login unavailable, and costs nothing [MD-05] [TE-12]',
    async (_, script) => {
      shared.server.scripts = {
        [METADATA]: script,
        '/moved': () => ({ body: shared.server.metadataDocument() }),
      }
      const begun = await beginning({ BFF_AUTHORIZATION_SERVER_TIMEOUT_MS: '500' })
      shared.server.scripts = {}

      expect(begun.outcome).toEqual(UNAVAILABLE)
      expect(begun.headers['retry-after']).toMatch(/^[1-9]\d*$/)
      expect([begun.location, begun.rowsAdded]).toEqual(['', 0])
      expect(shared.server.requestsTo('/moved')).toEqual([])
      expect(await attemptLogin(begun.at)).toEqual(COMPLETED)
    },
  )

  it('at the callback uses nothing up: the same login completes afterwards [MD-05] [CB-02]', async () => {
    const visitor = shared.newVisitor()
    const { location } = await visitor.navigate('/bff/login')
    const { callbackTarget } = userLogsIn(shared, location)
    const callBackAt = (at: TestBff) =>
      outcomeOf(at, async () => {
        const shown = fromAuthorizationServer(visitor)
        const answer = await at.newVisitor().navigate(callbackTarget, shown)
        expect(answer.cookies.filter((cookie) => cookie.includes('Max-Age=0'))).toHaveLength(
          answer.status === 303 ? 1 : 0,
        )
        return answer
      })
    const fresh = await anotherInstance(shared)
    shared.server.scripts = { [METADATA]: () => 'reset' }
    const down = await callBackAt(fresh)
    shared.server.scripts = {}

    expect(down).toEqual(UNAVAILABLE)
    expect(await callBackAt(fresh)).toEqual(COMPLETED)
  })
})
