import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, logIn, startBff, type TestBff } from '../support/bff.ts'
import { createTestTables, testDynamoDBEndpoint } from '../support/dynamodb.ts'
import { type LossyDynamoDB, startLossyDynamoDB } from '../support/lossy-dynamodb.ts'
import { PUBLIC_ORIGIN } from '../support/visitor.ts'

let lossy: LossyDynamoDB
let bff: TestBff
beforeAll(async () => {
  lossy = await startLossyDynamoDB(await testDynamoDBEndpoint())
  bff = await startBff({ tables: await createTestTables(lossy.endpoint) })
})
afterAll(async () => {
  await bff.server.stop()
  await lossy.stop()
})

const isSignedIn = async (visitor: ReturnType<TestBff['newVisitor']>) =>
  (await visitor.call('GET', '/bff/session')).json().authenticated

describe('a store that loses the reply to', () => {
  it('the write that begins a login does not disturb the login', async () => {
    const visitor = bff.newVisitor()
    lossy.takeAnswered()
    lossy.loseReplyOf('PutItem')
    const { callbackTarget } = await beginLogin(bff, visitor)
    expect(lossy.takeAnswered()).toEqual([
      ['PutItem', 200, 'lost'],
      ['PutItem', 200, 'delivered'],
    ])
    const answer = await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
    expect(answer).toMatchObject({ status: 303, location: `${PUBLIC_ORIGIN}/` })
    expect(await isSignedIn(visitor)).toBe(true)
  })

  it.each([
    ['the consumption of its transaction', 'UpdateItem'],
    ['the creation of its session', 'PutItem'],
  ] as const)(
    '%s does not disturb a callback, which redeems the code exactly once [CB-03] [TE-06]',
    async (_, operation) => {
      const visitor = bff.newVisitor()
      const { callbackTarget } = await beginLogin(bff, visitor)
      const redeemedBefore = bff.server.requestsTo('/token').length
      lossy.takeAnswered()
      lossy.loseReplyOf(operation)
      const answer = await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
      expect(answer).toMatchObject({ status: 303, location: `${PUBLIC_ORIGIN}/` })
      expect(bff.server.requestsTo('/token')).toHaveLength(redeemedBefore + 1)
      expect(lossy.takeAnswered().filter(([name]) => name === operation)).toEqual([
        [operation, 200, 'lost'],
        [operation, 200, 'delivered'],
      ])
      expect(await isSignedIn(visitor)).toBe(true)

      const again = await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
      expect(again.status).toBe(400)
      expect(bff.server.requestsTo('/token')).toHaveLength(redeemedBefore + 1)
    },
  )

  it('the write that slides a session does not end it [SC-12]', async () => {
    const visitor = bff.newVisitor()
    await logIn(bff, visitor)
    bff.clock.advance(1000)
    lossy.takeAnswered()
    lossy.loseReplyOf('UpdateItem')
    const session = (await visitor.call('GET', '/bff/session')).json()
    expect(lossy.takeAnswered().map(([name]) => name)).toEqual(['GetItem', 'UpdateItem', 'UpdateItem'])
    expect(session).toMatchObject({ authenticated: true, idleExpiresAt: bff.clock.now() + 1800 })
  })

  it('the write that ends a session does not disturb the logout [LO-01]', async () => {
    const visitor = bff.newVisitor()
    await logIn(bff, visitor)
    const [cookie = ''] = [...visitor.jar].map(([name, value]) => `${name}=${value}`)
    lossy.loseReplyOf('DeleteItem')
    expect((await visitor.call('POST', '/bff/logout')).status).toBe(200)
    const afterwards = await visitor.call('GET', '/bff/session', { cookies: [cookie] })
    expect(afterwards.json()).toEqual({ authenticated: false })
  })
})
