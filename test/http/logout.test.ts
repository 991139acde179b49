import { beforeEach, describe, expect, it } from 'vitest'
import { logIn, startBff, type TestBff } from '../support/bff.ts'
import { endByBackchannel, isSignedIn, logInAs, startWithBackchannelLogout } from '../support/logouts.ts'
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

  it('by two submits at the same time is one logout, and each gets its answer [LO-01] [LO-02]', async () => {
    const cookies = [`__Host-Http-session=${visitor.jar.get('__Host-Http-session')}`]
    const answers = await Promise.all([1, 2, 3].map(() => visitor.call('POST', '/bff/logout', { cookies })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(bff.server.revoked).toHaveLength(1)
    expect(await bff.tables.items(bff.tables.sessionTable)).toEqual([])
  })

  it('shows no browser data of its own to be cleared, unless configured [LO-08]', async () => {
    const answer = await visitor.call('POST', '/bff/logout')
    expect(answer.headers['clear-site-data']).toBeUndefined()
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

describe('logging out where browser data is to be cleared', () => {
  const CLEARING = { BFF_CLEAR_SITE_DATA: 'cache,storage' }

  it('says which, in quotes, by call and by form, signed in or not [LO-08]', async () => {
    bff = await startBff({ environment: CLEARING })
    visitor = bff.newVisitor()
    await logIn(bff, visitor)
    for (const answer of [
      await visitor.call('POST', '/bff/logout'),
      await visitor.call('POST', '/bff/logout'),
      await visitor.postForm('/bff/logout', new URLSearchParams()),
    ]) {
      expect(answer.headers['clear-site-data']).toBe('"cache", "storage"')
    }
  })

  it('clears nothing by an answer that ends nothing [LO-08]', async () => {
    bff = await startBff({ environment: CLEARING })
    visitor = bff.newVisitor()
    await logIn(bff, visitor)
    bff.tables.breakCommand('DeleteItem')
    for (const answer of [
      await visitor.call('POST', '/bff/logout'),
      await visitor.call('POST', '/bff/logout', { headers: { 'x-csrf': undefined } }),
      await visitor.call('GET', '/bff/session'),
    ]) {
      expect(answer.headers['clear-site-data']).toBeUndefined()
    }
  })

  it.each(['cookies', 'cache,cookies', '*', '"cookies"'])(
    'cannot be told to clear %s [LO-08]',
    async (kinds) => {
      await expect(startBff({ environment: { BFF_CLEAR_SITE_DATA: kinds } })).rejects.toThrow(
        'BFF_CLEAR_SITE_DATA',
      )
    },
  )
})

describe('logging out where back-channel logout is on', () => {
  beforeEach(async () => {
    bff = await startWithBackchannelLogout()
  })

  it.each([
    ['its subject', {}, ['DeleteItem', 'UpdateItem']],
    ['its subject and its sid', { sid: 'session-1' }, ['DeleteItem', 'UpdateItem', 'UpdateItem']],
  ])('takes the session out of the index, by %s', async (_, person, commands) => {
    visitor = await logInAs(bff, person)
    bff.tables.takeCommands()
    await visitor.call('POST', '/bff/logout')
    expect(bff.tables.takeCommands()).toEqual(commands)
    const rows = await bff.tables.items(bff.tables.sessionTable)
    expect(rows).toHaveLength(commands.length - 1)
    for (const row of rows) expect(Object.keys(row).sort()).toEqual(['expiresAt', 'id', 'schemaVersion'])
  })

  it('leaves the other sessions of the user to a logout at the server [LO-17]', async () => {
    visitor = await logInAs(bff, {})
    const other = await logInAs(bff, {})
    await visitor.call('POST', '/bff/logout')
    expect(await isSignedIn(other)).toBe(true)
    await endByBackchannel(bff, { sub: 'user-1' })
    expect(await isSignedIn(other)).toBe(false)
  })

  it('is done although the index cannot be updated, and the log says so [LO-01]', async () => {
    visitor = await logInAs(bff, {})
    bff.tables.breakCommand('UpdateItem')
    expect((await visitor.call('POST', '/bff/logout')).status).toBe(200)
    expect(await isSignedIn(visitor)).toBe(false)
    expect(bff.log.map(({ event }) => event)).toContain('session-index-not-updated')
  })
})
