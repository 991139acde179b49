import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLoginTransactionStore } from '../../functions/adapters/dynamodb/login-transaction-store.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import { ok } from '../../functions/domain/result.ts'
import type { LoginTransactionStore, SessionStore } from '../../functions/flows/ports.ts'
import { createTestTables, type TestTables, testDynamoDBEndpoint } from '../support/dynamodb.ts'
import { type LossyDynamoDB, startLossyDynamoDB } from '../support/lossy-dynamodb.ts'
import { aLoginRow, anAttempt, aSessionRow, MADE_AT } from '../support/rows.ts'

let lossy: LossyDynamoDB
let tables: TestTables
let logins: LoginTransactionStore
let sessions: SessionStore
beforeAll(async () => {
  lossy = await startLossyDynamoDB(await testDynamoDBEndpoint())
  tables = await createTestTables(lossy.endpoint)
  logins = createLoginTransactionStore(tables.client, tables.loginTable)
  sessions = createSessionStore(tables.client, tables.sessionTable)
})
afterAll(() => lossy.stop())

/** What the engine holds, read past the lossy connection's own count. */
async function stored(table: string, id: string) {
  const item = await tables.item(table, id)
  lossy.takeAnswered()
  return item
}

/** The first write was applied and its reply lost; the SDK sent it again, and the engine took it again. */
const APPLIED_AND_REPEATED = (operation: string) => [
  [operation, 200, 'lost'],
  [operation, 200, 'delivered'],
]

describe('a write whose reply is lost is a success, applied exactly once, if it', () => {
  it('creates a login transaction', async () => {
    const row = aLoginRow()
    lossy.takeAnswered()
    lossy.loseReplyOf('PutItem')
    expect(await logins.create(row)).toEqual(ok(undefined))
    expect(lossy.takeAnswered()).toEqual(APPLIED_AND_REPEATED('PutItem'))
    expect(await logins.find(row.id)).toEqual(ok(row))
  })

  it('consumes a login transaction [CB-03]', async () => {
    const [row, attempt] = [aLoginRow(), anAttempt()]
    await logins.create(row)
    const before = await stored(tables.loginTable, row.id)
    lossy.loseReplyOf('UpdateItem')
    const consumed = await logins.consume({ ...row, attempt, now: MADE_AT })
    expect(lossy.takeAnswered()).toEqual(APPLIED_AND_REPEATED('UpdateItem'))
    expect(consumed).toEqual(ok({ ...row, consumedBy: attempt }))
    expect(await stored(tables.loginTable, row.id)).toEqual({ ...before, consumedBy: { S: attempt } })
  })

  it('creates a session', async () => {
    const [row, attempt] = [aSessionRow(), anAttempt()]
    let applied: unknown
    lossy.takeAnswered()
    lossy.loseReplyOf('PutItem', async () => {
      applied = await tables.item(tables.sessionTable, row.id)
    })
    expect(await sessions.create(row, attempt)).toEqual(ok(undefined))
    const writes = lossy.takeAnswered().filter(([operation]) => operation === 'PutItem')
    expect(writes).toEqual(APPLIED_AND_REPEATED('PutItem'))
    expect(applied).toMatchObject({ writtenBy: { S: attempt } })
    expect(await stored(tables.sessionTable, row.id)).toEqual(applied)
  })

  it('moves the idle expiry of a session', async () => {
    const row = aSessionRow()
    await sessions.create(row, anAttempt())
    const before = await stored(tables.sessionTable, row.id)
    lossy.loseReplyOf('UpdateItem')
    expect(await sessions.moveIdleExpiry(row.id, MADE_AT + 2700)).toEqual(ok(true))
    expect(lossy.takeAnswered()).toEqual(APPLIED_AND_REPEATED('UpdateItem'))
    const idleExpiresAt = { N: String(MADE_AT + 2700) }
    expect(await stored(tables.sessionTable, row.id)).toEqual({ ...before, idleExpiresAt })
  })

  it('removes a session [LO-01]', async () => {
    const row = aSessionRow()
    await sessions.create(row, anAttempt())
    lossy.takeAnswered()
    lossy.loseReplyOf('DeleteItem')
    expect(await sessions.remove(row.id)).toEqual(ok(undefined))
    expect(lossy.takeAnswered()).toEqual(APPLIED_AND_REPEATED('DeleteItem'))
    expect(await stored(tables.sessionTable, row.id)).toBeUndefined()
  })
})

describe('between a write whose reply is lost and its repetition', () => {
  it('another attempt cannot consume what the first one consumed [CB-03]', async () => {
    const row = aLoginRow()
    const [first, second] = [anAttempt(), anAttempt()]
    await logins.create(row)
    const consume = (attempt: typeof first) => logins.consume({ ...row, attempt, now: MADE_AT })
    let meanwhile: unknown
    lossy.loseReplyOf('UpdateItem', async () => {
      meanwhile = await consume(second)
    })
    expect(await consume(first)).toEqual(ok({ ...row, consumedBy: first }))
    expect(meanwhile).toEqual(ok(undefined))
    expect(await logins.find(row.id)).toEqual(ok({ ...row, consumedBy: first }))
  })

  it('a session that ended stays ended, and the slide says so [SC-14]', async () => {
    const row = aSessionRow()
    await sessions.create(row, anAttempt())
    lossy.loseReplyOf('UpdateItem', async () => {
      await sessions.remove(row.id)
    })
    expect(await sessions.moveIdleExpiry(row.id, MADE_AT + 2700)).toEqual(ok(false))
    expect(await sessions.find(row.id)).toEqual(ok(undefined))
  })

  it('a read that finds no answer is repeated as well', async () => {
    const row = aSessionRow()
    await sessions.create(row, anAttempt())
    lossy.loseReplyOf('GetItem')
    expect(await sessions.find(row.id)).toEqual(ok(row))
  })
})
