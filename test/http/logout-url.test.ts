import { beforeEach, describe, expect, it } from 'vitest'
import { signIn } from '../support/authorized.ts'
import { logIn, startBff, type TestBff } from '../support/bff.ts'
import { CLIENT } from '../support/scripted-authorization-server.ts'
import { type Answer, PUBLIC_ORIGIN, type Visitor } from '../support/visitor.ts'

const LONGEST_URL = 8000

let bff: TestBff
let visitor: Visitor
beforeEach(async () => {
  await start()
})

/** A BFF whose authorization server has an end-session endpoint, and a browser that is signed in. */
async function start(environment: { readonly [name: string]: string } = {}) {
  bff = await startBff({ environment })
  bff.server.metadata = { end_session_endpoint: `${bff.server.issuer}/end` }
  visitor = bff.newVisitor()
  await logIn(bff, visitor)
}

const logOut = (by = visitor) => by.call('POST', '/bff/logout')
const urlIn = (answer: Answer) => new URL(answer.json<{ logoutUrl: string }>().logoutUrl)
const parametersIn = (url: URL) => Object.fromEntries(url.searchParams)
const idToken = ({ server } = bff) => server.issuedTokens.findLast((token) => token.startsWith('ey'))
const A_STATE = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/)

describe('the URL at which a browser logs out of the authorization server', () => {
  it('has the ID token as it was issued, the client, where to go afterwards, and a state [LO-04]', async () => {
    const url = urlIn(await logOut())
    expect(url.origin + url.pathname).toBe(`${bff.server.issuer}/end`)
    expect(parametersIn(url)).toEqual({
      id_token_hint: idToken(),
      client_id: CLIENT.id,
      post_logout_redirect_uri: `${PUBLIC_ORIGIN}/`,
      state: A_STATE,
    })
  })

  it('has the ID token also when that has expired, or the session has [LO-04]', async () => {
    for (const seconds of [1000, 28_800]) {
      visitor = bff.newVisitor()
      await logIn(bff, visitor)
      bff.clock.advance(seconds)
      expect(urlIn(await logOut()).searchParams.get('id_token_hint')).toBe(idToken())
    }
  })

  it('has the ID token that came last, with a refresh [LO-04]', async () => {
    const user = await signIn({ server: bff.server, clock: bff.clock })
    const first = idToken()
    bff.clock.advance(290)
    await user.authorize()
    expect(idToken()).not.toBe(first)
    expect(urlIn(await logOut(user.visitor)).searchParams.get('id_token_hint')).toBe(idToken())
  })

  it('has another state each time [LO-04]', async () => {
    const states = new Set<string | null>()
    for (let time = 0; time < 20; time += 1) states.add(urlIn(await logOut()).searchParams.get('state'))
    expect(states.size).toBe(20)
  })

  it('names no session where there is none [LO-01] [LO-04]', async () => {
    await logOut()
    for (const browser of [visitor, bff.newVisitor()]) {
      expect(Object.keys(parametersIn(urlIn(await logOut(browser))))).toEqual([
        'client_id',
        'post_logout_redirect_uri',
        'state',
      ])
    }
  })

  it('leads back where configuration says, byte for byte [LO-04]', async () => {
    const address = `${PUBLIC_ORIGIN}/bye?from=app&x=%20`
    await start({ BFF_POST_LOGOUT_REDIRECT_URI: address })
    expect(urlIn(await logOut()).searchParams.get('post_logout_redirect_uri')).toBe(address)
  })

  it('keeps what the endpoint has of its own, but for what we say [LO-04]', async () => {
    bff.server.metadata = { end_session_endpoint: `${bff.server.issuer}/end?tenant=a&client_id=other` }
    const other = await startBff({ server: bff.server, tables: bff.tables, clock: bff.clock })
    const cookies = [...visitor.jar].map(([name, value]) => `${name}=${value}`)
    const url = urlIn(await other.newVisitor().call('POST', '/bff/logout', { cookies }))
    expect(url.searchParams.getAll('client_id')).toEqual([CLIENT.id])
    expect(url.searchParams.get('tenant')).toBe('a')
  })

  it('shows no token but the hint, in the URL alone [TE-13]', async () => {
    const { body, headers, cookies } = await logOut()
    const shown = JSON.stringify([body, headers, cookies])
    expect(bff.server.issuedTokens.filter((token) => shown.includes(token))).toEqual([idToken()])
    expect(shown.split(String(idToken()))).toHaveLength(2)
  })

  it('is where a form is redirected to, with 303 [LO-04]', async () => {
    const answer = await visitor.postForm('/bff/logout', new URLSearchParams())
    expect(answer.status).toBe(303)
    expect(parametersIn(new URL(answer.location))).toMatchObject({ id_token_hint: idToken() })
  })

  it('is the post-logout URI if the server has none [LO-07]', async () => {
    const { server, tables, clock } = bff
    server.metadata = {}
    const address = `${PUBLIC_ORIGIN}/bye`
    const other = await startBff({
      server,
      tables,
      clock,
      environment: { BFF_POST_LOGOUT_REDIRECT_URI: address },
    })
    const cookies = [...visitor.jar].map(([name, value]) => `${name}=${value}`)
    const form = await other.newVisitor().postForm('/bff/logout', new URLSearchParams(), { cookies })
    expect(form.location).toBe(address)
    expect((await other.newVisitor().call('POST', '/bff/logout')).json()).toEqual({ logoutUrl: address })
    expect((await visitor.call('GET', '/bff/session')).json()).toEqual({ authenticated: false })
  })
})

describe('a hint', () => {
  /** Logs in with an ID token that is longer by this many octets in its claims. */
  async function urlWithPadding(length: number): Promise<URL> {
    bff.server.changeIdToken = ({ claims }) => {
      claims.padding = 'x'.repeat(length)
    }
    visitor = bff.newVisitor()
    await logIn(bff, visitor)
    return urlIn(await logOut())
  }

  it('that makes the URL too long to travel is left out, and nothing else of it [LO-05]', async () => {
    const url = await urlWithPadding(LONGEST_URL)
    expect(Object.keys(parametersIn(url))).toEqual(['client_id', 'post_logout_redirect_uri', 'state'])
  })

  it('is there as long as the whole URL is not too long [LO-05]', async () => {
    const shortest = (await urlWithPadding(3)).href.length
    const room = Math.floor(((LONGEST_URL - shortest) * 3) / 4 / 3) * 3
    const longest = await urlWithPadding(3 + room)
    expect(longest.searchParams.get('id_token_hint')).toBe(idToken())
    expect(longest.href.length).toBeGreaterThan(LONGEST_URL - 5)
    expect(longest.href.length).toBeLessThanOrEqual(LONGEST_URL)
    expect((await urlWithPadding(3 + room + 6)).searchParams.has('id_token_hint')).toBe(false)
  })
})

describe('the logout of Amazon Cognito', () => {
  it.each([
    ['announces', (issuer: string) => ({ end_session_endpoint: `${issuer}/logout` })],
    ['does not announce', () => ({})],
  ])('has an address that it %s, and parameters of its own [LO-04]', async (_, metadata) => {
    await start({ BFF_LOGOUT_STYLE: 'cognito' })
    const { server, tables, clock } = bff
    server.metadata = metadata(server.issuer)
    const other = await startBff({ server, tables, clock, environment: { BFF_LOGOUT_STYLE: 'cognito' } })
    const cookies = [...visitor.jar].map(([name, value]) => `${name}=${value}`)
    const url = urlIn(await other.newVisitor().call('POST', '/bff/logout', { cookies }))
    expect(url.origin + url.pathname).toBe(`${server.issuer}/logout`)
    expect(parametersIn(url)).toEqual({ client_id: CLIENT.id, logout_uri: `${PUBLIC_ORIGIN}/` })
    expect(server.revoked).toHaveLength(1)
  })
})
