import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { startAuthorizationServer } from '../../dev/authorization-server/authorization-server.ts'
import type { AuthorizationServerOptions } from '../../dev/authorization-server/configuration.ts'
import { listen, type RunningServer } from '../../dev/listen.ts'
import { type CookieJar, signOutAtProvider } from '../support/provider-login.ts'
import { CLIENT, refresh, tokensFrom } from './grant.ts'

let running: RunningServer[] = []
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()))
  running = []
})

async function start(options?: AuthorizationServerOptions, backchannelLogoutUri?: string) {
  const client = backchannelLogoutUri === undefined ? CLIENT : { ...CLIENT, backchannelLogoutUri }
  const server = await startAuthorizationServer(client, 0, options)
  running.push(server)
  return server
}

describe('a refresh at the embedded provider', () => {
  it('brings a new refresh token every time; a used one revokes all that came of its login', async () => {
    const server = await start()
    const first = await tokensFrom(server)
    const second = await refresh(server, first.refresh_token)
    const third = await refresh(server, second.refresh_token)
    expect(new Set([first, second, third].map((tokens) => tokens.refresh_token)).size).toBe(3)
    expect(await server.provider.AccessToken.find(third.access_token)).toBeDefined()

    expect(await refresh(server, first.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(await refresh(server, third.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(await server.provider.AccessToken.find(third.access_token)).toBeUndefined()
  })

  it('brings the same refresh token again if it is told not to rotate', async () => {
    const server = await start({ rotateRefreshToken: false })
    const { refresh_token } = await tokensFrom(server)
    for (let times = 0; times < 2; times += 1) {
      expect(await refresh(server, refresh_token)).toMatchObject({ status: 200, refresh_token })
    }
  })

  it('brings an access token that lives for five minutes, or as long as it is told', async () => {
    expect((await tokensFrom(await start())).expires_in).toBe(300)
    const server = await start({ accessTokenSeconds: 7 })
    const { expires_in, refresh_token } = await tokensFrom(server)
    expect(expires_in).toBe(7)
    expect((await refresh(server, refresh_token)).expires_in).toBe(7)
  })
})

describe('a second login in the same browser', () => {
  it('leaves the tokens of the first one alive: two tabs may log in at once', async () => {
    const server = await start()
    const jar: CookieJar = new Map()
    const first = await tokensFrom(server, jar)
    const second = await tokensFrom(server, jar)
    for (const { access_token } of [first, second]) {
      expect(await server.provider.AccessToken.find(access_token)).toBeDefined()
    }
    expect((await refresh(server, first.refresh_token)).status).toBe(200)
  })
})

describe('signing out at the embedded provider', () => {
  it('is confirmed on a page without script, and told to the client by a logout token', async () => {
    const client = await startClient(200)
    const server = await start({}, client.uri)
    const jar: CookieJar = new Map()
    const { id_token } = await tokensFrom(server, jar)
    const { question, page } = await signOutAtProvider(`${server.issuer}/session/end`, jar)
    expect(question).toContain('Do you want to sign out')
    expect(question).not.toContain('Stay signed in here')
    expect(page).toContain('You are signed out')
    expect(question + page).not.toMatch(/<script|https?:\/\/(?!127\.0\.0\.1)/)

    const [token = ''] = client.logoutTokens()
    const { sub, sid } = decodeJwt(id_token)
    expect(decodeProtectedHeader(token).typ).toBe('logout+jwt')
    expect(decodeJwt(token)).toMatchObject({ iss: server.issuer, aud: CLIENT.clientId, sub, sid })
    expect(sid).toEqual(expect.any(String))
  })

  it.each(['refuses it', 'is not there'])('ends well although a client that is told %s', async (what) => {
    const client = await startClient(500)
    if (what === 'is not there') await client.stop()
    const server = await start({}, client.uri)
    const jar: CookieJar = new Map()
    const { access_token } = await tokensFrom(server, jar)
    const { page } = await signOutAtProvider(`${server.issuer}/session/end`, jar)
    expect(page).toContain('You are signed out')
    expect(client.logoutTokens()).toHaveLength(what === 'is not there' ? 0 : 1)
    expect(await server.provider.AccessToken.find(access_token)).toBeUndefined()
  })

  it.each([
    ['http://localhost:4000/', true],
    ['http://127.0.0.1/bye', true],
    ['http://localhost.example/', false],
    ['https://evil.example/', false],
  ])('leads back to an application on this machine and nowhere else: %s', async (uri, isAllowed) => {
    const server = await start()
    const jar: CookieJar = new Map()
    const { id_token } = await tokensFrom(server, jar)
    const query = new URLSearchParams({
      id_token_hint: id_token,
      post_logout_redirect_uri: uri,
      state: 'any',
    })
    const { question, location } = await signOutAtProvider(`${server.issuer}/session/end?${query}`, jar)
    if (isAllowed) expect(location).toBe(`${uri}?state=any`)
    else expect(question).toContain('post_logout_redirect_uri not registered')
  })
})

async function startClient(status: number) {
  const forms: string[] = []
  const server = createServer(async (request, response) => {
    forms.push(await text(request))
    response.writeHead(status).end()
  })
  const listening = await listen(server, 0, '127.0.0.1')
  running.push(listening)
  return {
    uri: `http://127.0.0.1:${listening.port}/bff/backchannel-logout`,
    stop: listening.stop,
    logoutTokens: () => forms.map((form) => new URLSearchParams(form).get('logout_token') ?? ''),
  }
}
