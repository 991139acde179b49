import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { logIn, startBff, type TestBff } from '../support/bff.ts'
import type { Visitor } from '../support/visitor.ts'

let bff: TestBff
let visitor: Visitor
beforeEach(async () => {
  bff = await startBff()
  visitor = bff.newVisitor()
  await logIn(bff, visitor)
  bff.tables.takeCommands()
})

const session = async (query = '') => (await visitor.call('GET', `/bff/session${query}`)).json()

describe('checking a session', () => {
  it('tells claims by allow-list and both limits, and never a token [SC-18] [IT-23] [TE-13]', async () => {
    const answer = await visitor.call('GET', '/bff/session')

    expect(answer.status).toBe(200)
    expect(answer.cookies).toEqual([])
    expect(Object.keys(answer.json())).toEqual(['authenticated', 'claims', 'expiresAt', 'idleExpiresAt'])
    expect(answer.body).not.toMatch(/eyJ|at-|rt-|nonce|at_hash/)
  })

  it('says no, and leaves the cookie alone, when the browser shows an identifier we do not know [SC-11]', async () => {
    const cookies = [`__Host-Http-session=${'B'.repeat(43)}`]
    const answer = await visitor.call('GET', '/bff/session', { cookies })

    expect(answer.json()).toEqual({ authenticated: false })
    expect(answer.cookies).toEqual([])
  })

  it.each([[[]], [['__Host-Http-session=']], [['__Host-Http-session=not-one-of-ours']]])(
    'asks the store nothing when there is no cookie of ours: %j',
    async (cookies) => {
      expect((await visitor.call('GET', '/bff/session', { cookies })).json()).toEqual({
        authenticated: false,
      })
      expect(bff.tables.takeCommands()).toEqual([])
    },
  )

  it('refuses two session cookies instead of guessing [SC-15]', async () => {
    const own = `__Host-Http-session=${visitor.jar.get('__Host-Http-session')}`
    const answer = await visitor.call('GET', '/bff/session', {
      cookies: [own, `__Host-Http-session=${'B'.repeat(43)}`],
    })

    expect(answer.status).toBe(401)
    expect(answer.json()).toMatchObject({ code: 'session-cookie-repeated' })
    const cookies = [own, own]
    expect((await visitor.navigate('/bff/login', { cookies })).status).toBe(401)
    expect((await visitor.call('POST', '/bff/logout', { cookies })).status).toBe(401)
    expect(await session()).toMatchObject({ authenticated: true })
  })

  it.each([
    '\u00a0__Host-Http-session',
    '\u3000__Host-Http-session',
    '__host-http-session',
    '\v__Host-Http-session',
  ])('is not fooled by a look-alike cookie name %j [SC-05] [SC-15]', async (name) => {
    const cookies = [`${name}=${visitor.jar.get('__Host-Http-session')}`]
    const answer = await visitor.call('GET', '/bff/session', { cookies })
    expect(answer.body).not.toContain('"authenticated":true')
  })

  it('is not disturbed by cookies and headers of any characters: who is signed in stays so, and can log out', async () => {
    const own = `__Host-Http-session=${visitor.jar.get('__Host-Http-session')}`
    const changes = { cookies: ['utm=日本', own, 'café=é'], headers: { 'x-custom': 'snow ☃' } }
    expect((await visitor.call('GET', '/bff/session', changes)).json()).toMatchObject({ authenticated: true })
    expect((await visitor.call('POST', '/bff/logout', changes)).status).toBe(200)
    expect((await visitor.call('GET', '/bff/session', changes)).json()).toEqual({ authenticated: false })
  })

  it('finds the cookie in a Cookie header that was split [SC-15]', async () => {
    const own = `\t __Host-Http-session=${visitor.jar.get('__Host-Http-session')} `
    const answer = await visitor.call('GET', '/bff/session', { cookies: ['a=1; b=2', own, 'c=3'] })
    expect(answer.json()).toMatchObject({ authenticated: true })
  })
})

describe('the limits of a session', () => {
  it('end it when it was not used for the idle time, whether or not the row is still there [SC-12] [ST-01]', async () => {
    bff.clock.advance(1799)
    expect(await session('?peek=1')).toMatchObject({ authenticated: true })
    bff.clock.advance(1)
    expect(await session()).toEqual({ authenticated: false })
    expect(await bff.tables.items(bff.tables.sessionTable)).toHaveLength(1)
  })

  it('end it at the absolute limit however much it is used [SC-12]', async () => {
    const endsAt = bff.clock.now() + 28_800
    while (bff.clock.now() + 1000 < endsAt) {
      bff.clock.advance(1000)
      expect(await session()).toMatchObject({ authenticated: true, expiresAt: endsAt })
    }
    bff.clock.advance(endsAt - bff.clock.now() - 1)
    expect(await session()).toMatchObject({ authenticated: true, idleExpiresAt: endsAt })
    bff.clock.advance(1)
    expect(await session()).toEqual({ authenticated: false })
  })

  it('move with use, by a write only when it is worth one', async () => {
    bff.clock.advance(180)
    await session()
    expect(bff.tables.takeCommands()).toEqual(['GetItem'])

    bff.clock.advance(1)
    expect(await session()).toMatchObject({ idleExpiresAt: bff.clock.now() + 1800 })
    expect(bff.tables.takeCommands()).toEqual(['GetItem', 'UpdateItem'])
  })

  it('do not move when the application only peeks [SC-20]', async () => {
    bff.clock.advance(1000)
    expect(await session('?peek=1')).toMatchObject({ idleExpiresAt: bff.clock.now() + 800 })
    expect(bff.tables.takeCommands()).toEqual(['GetItem'])
  })

  it('do not bring a session back that was ended between the read and the write [RF-12] [ST-10]', async () => {
    bff.clock.advance(1000)
    bff.tables.client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'UpdateItemCommand')
          await visitor.call('POST', '/bff/logout', { cookies })
        return next(args)
      },
      { step: 'initialize' },
    )
    const cookies = [`__Host-Http-session=${visitor.jar.get('__Host-Http-session')}`]

    expect(await session()).toEqual({ authenticated: false })
    expect(await bff.tables.items(bff.tables.sessionTable)).toEqual([])
  })
})

describe('a store that cannot tell', () => {
  it('is 503 with Retry-After, never a logout, and the cookie stays [SC-18]', async () => {
    bff.tables.breakCommand('GetItem')
    const answer = await visitor.call('GET', '/bff/session')

    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.json()).toMatchObject({ code: 'session-unavailable' })
    expect(answer.cookies).toEqual([])
  })

  it('holding a record of an unknown version is unavailable, not ended', async () => {
    await change('SET schemaVersion = :value', { N: '99' })
    expect(await session()).toMatchObject({ status: 503, code: 'session-unavailable' })
  })

  it('holding a record that was tampered with is unavailable, not ended [ST-06]', async () => {
    await change('SET absoluteExpiresAt = :value', { N: String(bff.clock.now() + 999_999) })
    expect(await session()).toMatchObject({ status: 503, code: 'session-unavailable' })
  })

  it('makes health say so', async () => {
    expect((await visitor.call('GET', '/bff/health')).json()).toEqual({ status: 'ok' })
    bff.tables.breakCommand('GetItem')
    expect((await visitor.call('GET', '/bff/health')).status).toBe(503)
  })

  it('only for the idle write does not disturb the answer', async () => {
    bff.clock.advance(1000)
    bff.tables.breakCommand('UpdateItem')
    expect(await session()).toMatchObject({ authenticated: true, idleExpiresAt: bff.clock.now() + 800 })
    expect(bff.log.map(({ event }) => event)).toContain('idle-expiry-not-moved')
  })
})

async function change(expression: string, value: { N: string }): Promise<void> {
  const [row] = await bff.tables.items(bff.tables.sessionTable)
  await bff.tables.client.send(
    new UpdateItemCommand({
      TableName: bff.tables.sessionTable,
      Key: { id: row?.id ?? { S: '' } },
      UpdateExpression: expression,
      ExpressionAttributeValues: { ':value': value },
    }),
  )
}
