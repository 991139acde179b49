import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NEWEST_READABLE_VERSION } from '../../functions/adapters/dynamodb/table-schema.ts'
import { beginLogin, fromAuthorizationServer, logIn, startBff, type TestBff } from '../support/bff.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})
afterAll(() => bff.server.stop())

/** Rewrites every row of a table as a release far ahead of ours would have. @returns what takes it back. */
async function rewriteByNewerRelease(table: string): Promise<() => Promise<void>> {
  const items = await bff.tables.items(table)
  const put = async (version: number) => {
    for (const item of items) {
      const rewritten = { ...item, schemaVersion: { N: String(version) } }
      await bff.tables.client.send(new PutItemCommand({ TableName: table, Item: rewritten }))
    }
  }
  await put(NEWEST_READABLE_VERSION + 1)
  return () => put(NEWEST_READABLE_VERSION)
}

describe('a record of a version that this release does not know', () => {
  it('makes a session unavailable, never ended: the cookie stays and works again later', async () => {
    const visitor = bff.newVisitor()
    await logIn(bff, visitor)
    const takeBack = await rewriteByNewerRelease(bff.tables.sessionTable)
    const answer = await visitor.call('GET', '/bff/session')
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, cookies: [] })
    expect(answer.json()).toMatchObject({ code: 'session-unavailable' })

    await takeBack()
    expect((await visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
  })

  it('makes a callback unavailable and is not consumed: the login can be completed later', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    const takeBack = await rewriteByNewerRelease(bff.tables.loginTable)
    const redeemedBefore = bff.server.requestsTo('/token').length
    const answer = await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, cookies: [] })
    expect(answer.body).toContain('session-unavailable')
    expect(bff.server.requestsTo('/token')).toHaveLength(redeemedBefore)

    await takeBack()
    const completed = await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
    expect(completed.status).toBe(303)
    expect(bff.server.requestsTo('/token')).toHaveLength(redeemedBefore + 1)
  })
})
