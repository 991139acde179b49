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

  it('takes a refresh lease [RF-04]', async () => {
    const { row, lease } = await leasable()
    lossy.loseReplyOf('UpdateItem')
    const leased = await sessions.takeRefreshLease(lease)
    expect(lossy.takeAnswered()).toEqual(APPLIED_AND_REPEATED('UpdateItem'))
    expect(leased).toEqual(ok({ ...row, refreshLeaseUntil: lease.until, leaseOwner: lease.owner }))
  })

  it('stores refreshed tokens [RF-02]', async () => {
    const { row, lease } = await leasable()
    await sessions.takeRefreshLease(lease)
    lossy.takeAnswered()
    lossy.loseReplyOf('UpdateItem')
    const write = { id: row.id, version: row.version, sealed: Uint8Array.of(7), attempt: lease.owner }
    expect(await sessions.writeTokens(write)).toEqual(ok(true))
    expect(lossy.takeAnswered()).toEqual(APPLIED_AND_REPEATED('UpdateItem'))
    expect(await sessions.find(row.id)).toEqual(ok({ ...row, sealed: Uint8Array.of(7), version: 2 }))
  })
})

/** A session with the lease that a refresh would take. */
async function leasable() {
  const row = aSessionRow()
  await sessions.create(row, anAttempt())
  const lease = { id: row.id, version: row.version, owner: anAttempt(), now: MADE_AT, until: MADE_AT + 18 }
  lossy.takeAnswered()
  return { row, lease }
}

/** The first write was applied; its repetition found its condition no longer true. */
const APPLIED_AND_REFUSED = (operation: string) => [
  [operation, 200, 'lost'],
  [operation, 400, 'delivered'],
]

describe('a write whose reply is lost is applied exactly once, and says that there was nothing to do, if it', () => {
  it('frees a refresh lease, which no second write can free again [RF-09]', async () => {
    const { row, lease } = await leasable()
    await sessions.takeRefreshLease(lease)
    lossy.takeAnswered()
    lossy.loseReplyOf('UpdateItem')
    const pause = { refreshNotBefore: MADE_AT + 2, refreshFailures: 1 }
    const release = { id: row.id, owner: lease.owner, ...pause }
    expect(await sessions.releaseRefreshLease(release)).toEqual(ok(false))
    expect(lossy.takeAnswered()).toEqual(APPLIED_AND_REFUSED('UpdateItem'))
    expect(await sessions.find(row.id)).toEqual(ok({ ...row, ...pause }))
  })

  it('ends a session of one version, which is then gone [RF-08]', async () => {
    const { row } = await leasable()
    lossy.loseReplyOf('DeleteItem')
    expect(await sessions.removeVersion(row.id, row.version)).toEqual(ok(false))
    expect(lossy.takeAnswered()).toEqual(APPLIED_AND_REFUSED('DeleteItem'))
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

  it('a session that ended is not brought back by refreshed tokens [RF-12]', async () => {
    const { row, lease } = await leasable()
    await sessions.takeRefreshLease(lease)
    lossy.loseReplyOf('UpdateItem', async () => {
      await sessions.remove(row.id)
    })
    const write = { id: row.id, version: row.version, sealed: Uint8Array.of(7), attempt: lease.owner }
    expect(await sessions.writeTokens(write)).toEqual(ok(false))
    expect(await sessions.find(row.id)).toEqual(ok(undefined))
  })

  it('nobody else takes the lease that the first one took [RF-04]', async () => {
    const { lease } = await leasable()
    let meanwhile: unknown
    lossy.loseReplyOf('UpdateItem', async () => {
      meanwhile = await sessions.takeRefreshLease({ ...lease, owner: anAttempt() })
    })
    expect(await sessions.takeRefreshLease(lease)).toMatchObject({ value: { leaseOwner: lease.owner } })
    expect(meanwhile).toEqual(ok(undefined))
  })

  it('a read that finds no answer is repeated as well', async () => {
    const row = aSessionRow()
    await sessions.create(row, anAttempt())
    lossy.loseReplyOf('GetItem')
    expect(await sessions.find(row.id)).toEqual(ok(row))
  })
})
