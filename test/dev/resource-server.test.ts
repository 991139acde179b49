import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type LocalAuthorizationServer,
  startAuthorizationServer,
} from '../../dev/authorization-server/authorization-server.ts'
import type { RunningServer } from '../../dev/listen.ts'
import { startResourceServer } from '../../dev/resource-server.ts'
import { CLIENT, refresh, tokensFrom } from './grant.ts'

let authorizationServer: LocalAuthorizationServer
let resourceServer: RunningServer
beforeAll(async () => {
  authorizationServer = await startAuthorizationServer(CLIENT, 0)
  resourceServer = await startResourceServer(authorizationServer.provider, 0)
})
afterAll(async () => {
  await resourceServer.stop()
  await authorizationServer.stop()
})

describe('the API of the local run', () => {
  it('counts calls, and the access tokens that it saw of a subject; an expired one it refuses', async () => {
    const first = await tokensFrom(authorizationServer)
    const second = await refresh(authorizationServer, first.refresh_token)
    expect(await ask('GET', '/hello', first.access_token)).toMatchObject({
      status: 200,
      json: { message: 'Hello alice, this is the API.', subject: 'alice', calls: 1, accessTokensSeen: 1 },
    })
    expect((await ask('GET', '/hello', first.access_token)).json).toMatchObject({
      calls: 2,
      accessTokensSeen: 1,
    })
    expect((await ask('POST', '/expire', first.access_token)).status).toBe(204)
    expect(await ask('GET', '/hello', first.access_token)).toMatchObject({
      status: 401,
      challenge: 'Bearer error="invalid_token"',
    })
    expect((await ask('GET', '/hello', second.access_token)).json).toMatchObject({
      calls: 3,
      accessTokensSeen: 2,
    })
  })

  it('tells where its users sign out at their provider', async () => {
    const { access_token } = await tokensFrom(authorizationServer)
    const { json } = await ask('GET', '/provider', access_token)
    expect(json).toEqual({ signOutUrl: `${authorizationServer.issuer}/session/end` })
  })

  it('takes no call without an access token of its authorization server', async () => {
    expect(await ask('GET', '/hello')).toMatchObject({ status: 401, challenge: 'Bearer' })
    for (const token of ['made-up', (await tokensFrom(authorizationServer)).refresh_token]) {
      expect(await ask('POST', '/expire', token)).toMatchObject({
        status: 401,
        challenge: 'Bearer error="invalid_token"',
      })
    }
  })

  it('answers no token, and 404 for what it does not have', async () => {
    const { access_token } = await tokensFrom(authorizationServer)
    for (const [method, path, expected] of [
      ['GET', '/hello', 200],
      ['GET', '/provider', 200],
      ['POST', '/expire', 204],
      ['GET', '/expire', 404],
      ['GET', '/constructor', 404],
    ] as const) {
      const { status, all } = await ask(method, path, access_token)
      expect(status).toBe(expected)
      expect(all).not.toContain(access_token)
    }
  })
})

async function ask(method: string, path: string, accessToken?: string) {
  const authorization = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }
  const response = await fetch(`http://127.0.0.1:${resourceServer.port}${path}`, {
    method,
    headers: authorization,
  })
  const body = await response.text()
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    json: body === '' ? undefined : JSON.parse(body),
    all: JSON.stringify([...response.headers]) + body,
  }
}
