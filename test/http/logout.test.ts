import { beforeEach, describe, expect, it } from 'vitest'
import { logIn, startBff, type TestBff } from '../support/bff.ts'
import { PUBLIC_ORIGIN, type Visitor } from '../support/visitor.ts'

let bff: TestBff
let visitor: Visitor
beforeEach(async () => {
  bff = await startBff()
  visitor = bff.newVisitor()
  await logIn(bff, visitor)
})

const CLEARED = '__Host-Http-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict'

describe('logging out', () => {
  it('ends the record first and clears the cookie with the attributes it was set with [LO-01] [SC-14]', async () => {
    const cookies = [`__Host-Http-session=${visitor.jar.get('__Host-Http-session')}`]
    bff.tables.takeCommands()
    const answer = await visitor.call('POST', '/bff/logout')

    expect(answer.status).toBe(200)
    expect(answer.json()).toEqual({ logoutUrl: `${PUBLIC_ORIGIN}/` })
    expect(answer.cookies).toEqual([CLEARED])
    expect(bff.tables.takeCommands()).toEqual(['DeleteItem'])
    expect((await visitor.call('GET', '/bff/session', { cookies })).json()).toEqual({ authenticated: false })
  })

  it('in one instance is seen by another at once [ST-03]', async () => {
    const other = await startBff({ server: bff.server, tables: bff.tables, clock: bff.clock })
    const cookies = [`__Host-Http-session=${visitor.jar.get('__Host-Http-session')}`]
    const seen = async () => (await other.newVisitor().call('GET', '/bff/session', { cookies })).json()
    expect(await seen()).toMatchObject({ authenticated: true })
    await visitor.call('POST', '/bff/logout')
    expect(await seen()).toEqual({ authenticated: false })
  })

  it('twice, or without a session, is the same success [LO-01]', async () => {
    const cookies = [`__Host-Http-session=${visitor.jar.get('__Host-Http-session')}`]
    await visitor.call('POST', '/bff/logout')
    expect((await visitor.call('POST', '/bff/logout', { cookies })).status).toBe(200)
    expect((await bff.newVisitor().call('POST', '/bff/logout')).status).toBe(200)
  })

  it.each([
    ['Sec-Fetch-Site: same-origin', { 'sec-fetch-site': 'same-origin', origin: 'null' }],
    ['our exact Origin', { 'sec-fetch-site': undefined, origin: PUBLIC_ORIGIN }],
  ])('by a form with %s redirects with 303', async (_, headers) => {
    const answer = await visitor.postForm('/bff/logout', new URLSearchParams(), { headers })

    expect(answer.status).toBe(303)
    expect(answer.location).toBe(`${PUBLIC_ORIGIN}/`)
    expect(visitor.jar.size).toBe(0)
  })

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a sibling host', { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' }],
    ['an old browser that does not say where', { 'sec-fetch-site': undefined, origin: undefined }],
  ])('by a form from %s ends nothing [CC-01] [CC-02]', async (_, headers) => {
    const answer = await visitor.postForm('/bff/logout', new URLSearchParams(), { headers })

    expect(answer.status).toBe(403)
    expect((await visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
  })

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('is never done by %s [CC-09]', async (method) => {
    const answer = await visitor.call(method, '/bff/logout')
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('POST')
    expect((await visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
  })

  it('keeps the cookie when the record cannot be ended, so that it can be tried again', async () => {
    bff.tables.breakCommand('DeleteItem')
    const answer = await visitor.call('POST', '/bff/logout')
    expect(answer.status).toBe(503)
    expect(answer.cookies).toEqual([])
  })
})
