import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, logIn, startBff, type TestBff } from '../support/bff.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})

describe('a login that completes', () => {
  it('ends on a clean, absolute URL of our own origin with a session cookie [CB-16]', async () => {
    const visitor = bff.newVisitor()
    const answer = await logIn(bff, visitor, '?returnTo=/orders%3Fpage=2')

    expect(answer.status).toBe(303)
    expect(answer.location).toBe('https://app.example.com/orders?page=2')
    expect([...visitor.jar.keys()]).toEqual(['__Host-Http-session'])
    const session = (await visitor.call('GET', '/bff/session')).json()
    expect(session).toMatchObject({
      authenticated: true,
      claims: { sub: 'user-1', email: 'user@example.com' },
    })
  })

  it('costs one write to begin, and one conditional update and one put to complete', async () => {
    const visitor = bff.newVisitor()
    bff.tables.takeCommands()
    const { callbackTarget } = await beginLogin(bff, visitor)
    expect(bff.tables.takeCommands()).toEqual(['PutItem'])

    await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
    expect(bff.tables.takeCommands()).toEqual(['UpdateItem', 'PutItem'])

    await visitor.call('GET', '/bff/session')
    expect(bff.tables.takeCommands()).toEqual(['GetItem'])
  })
})
