import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type LocalAuthorizationServer,
  startAuthorizationServer,
} from '../../dev/authorization-server/authorization-server.ts'
import { type RandomToken, sessionRowId } from '../../functions/domain/identifiers.ts'
import { openSession, type SessionRow } from '../../functions/domain/session.ts'
import { fromAuthorizationServer, startBff, type TestBff } from '../support/bff.ts'
import { logInAtProvider } from '../support/provider-login.ts'
import { PUBLIC_ORIGIN, type Visitor } from '../support/visitor.ts'
import { witnessSecrets } from '../support/witness.ts'

const METHODS = ['client_secret_post', 'client_secret_basic'] as const
const CLIENT = { clientId: 'bff:with/odd characters', clientSecret: 's3cret: with % and + and = signs' }

describe.each(METHODS)('a login at a real OpenID Provider with %s', (authentication) => {
  let provider: LocalAuthorizationServer
  beforeAll(async () => {
    witnessSecrets([CLIENT.clientSecret])
    const redirectUri = `${PUBLIC_ORIGIN}/bff/callback`
    provider = await startAuthorizationServer({ ...CLIENT, authentication, redirectUri }, 0)
    acceptRedirectsTo(provider, PUBLIC_ORIGIN)
  })
  afterAll(() => provider.stop())

  const start = (environment: Record<string, string> = {}) =>
    startBff({
      environment: {
        BFF_ISSUER: provider.issuer,
        BFF_CLIENT_ID: CLIENT.clientId,
        BFF_CLIENT_SECRET: CLIENT.clientSecret,
        BFF_CLIENT_AUTH: authentication,
        ...environment,
      },
    })

  it('completes by redirect [AR-01] [AR-02] [CA-01] [CA-03]', async () => {
    const bff = await start()
    const visitor = bff.newVisitor()
    const begun = await visitor.navigate('/bff/login?returnTo=/orders')
    const { parameters } = await logInAtProvider(begun.location)
    const answer = await visitor.navigate(`/bff/callback?${parameters}`, fromAuthorizationServer(visitor))

    expect(answer).toMatchObject({ status: 303, location: `${PUBLIC_ORIGIN}/orders` })
    await expectSignedIn(bff, visitor)
  })

  it('completes when the application hands the code over', async () => {
    const bff = await start({ BFF_REDIRECT_URI: `${PUBLIC_ORIGIN}/signed-in` })
    const visitor = bff.newVisitor()
    const begun = await visitor.callJson('/bff/login', { returnTo: '/orders' })
    const { redirectUri, parameters } = await logInAtProvider(
      begun.json<{ authorizationUrl: string }>().authorizationUrl,
    )
    expect(redirectUri).toBe(`${PUBLIC_ORIGIN}/signed-in`)
    const answer = await visitor.callJson('/bff/callback', Object.fromEntries(parameters))

    expect(answer.json()).toMatchObject({
      returnTo: `${PUBLIC_ORIGIN}/orders`,
      session: { authenticated: true },
    })
    await expectSignedIn(bff, visitor)
  })

  it('completes by form_post [CB-13]', async () => {
    const bff = await start({ BFF_RESPONSE_MODE: 'form_post' })
    const visitor = bff.newVisitor()
    const begun = await visitor.navigate('/bff/login')
    const { parameters, byForm } = await logInAtProvider(begun.location)
    expect(byForm).toBe(true)
    const answer = await visitor.postForm('/bff/callback', parameters, fromAuthorizationServer(visitor))

    expect(answer).toMatchObject({ status: 303, location: `${PUBLIC_ORIGIN}/` })
    await expectSignedIn(bff, visitor)
  })

  it('has its tokens sealed in the store, where only the cookie opens them [ST-05] [TE-13]', async () => {
    const bff = await start()
    const visitor = bff.newVisitor()
    const begun = await visitor.navigate('/bff/login')
    const { parameters } = await logInAtProvider(begun.location)
    await visitor.navigate(`/bff/callback?${parameters}`, fromAuthorizationServer(visitor))

    const identifier = visitor.jar.get('__Host-Http-session') as RandomToken
    const item = await bff.tables.item(bff.tables.sessionTable, sessionRowId(identifier))
    const row = {
      id: item?.id?.S,
      sealed: item?.sealed?.B,
      absoluteExpiresAt: Number(item?.absoluteExpiresAt?.N),
    } as unknown as SessionRow
    const session = openSession(row, identifier)
    expect(session?.tokens).toMatchObject({
      accessTokens: { default: { type: 'bearer', value: expect.any(String) } },
      refreshToken: expect.any(String),
      idToken: expect.stringMatching(/^eyJ/),
    })
    expect(openSession(row, 'A'.repeat(43) as RandomToken)).toBeUndefined()
    expect(Buffer.from(row.sealed).toString('latin1')).not.toContain(session?.tokens.idToken)
  })
})

async function expectSignedIn(bff: TestBff, visitor: Visitor): Promise<void> {
  const answer = await visitor.call('GET', '/bff/session')
  expect(answer.json()).toMatchObject({
    authenticated: true,
    claims: { sub: 'alice', name: 'Alice Liddell' },
  })
  expect(bff.log.map(({ event }) => event)).toContain('login-completed')
}

/** The embedded provider sends users back to this machine only; here the BFF pretends to be deployed. */
function acceptRedirectsTo({ provider }: LocalAuthorizationServer, origin: string): void {
  provider.Client.prototype.redirectUriAllowed = (uri: string) => uri.startsWith(`${origin}/`)
}
