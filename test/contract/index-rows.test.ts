import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { createSessionIndex } from '../../functions/adapters/dynamodb/session-index.ts'
import { ok } from '../../functions/domain/result.ts'
import { type IndexKey, indexRowId } from '../../functions/domain/session-index.ts'
import type { SessionIndex } from '../../functions/flows/ports.ts'
import { testClock } from '../support/clock.ts'
import { createTestTables, type TestTables } from '../support/dynamodb.ts'
import { anIndexedSession, anIndexKey, BEGUN_AT } from '../support/indexed-sessions.ts'
import { MADE_AT } from '../support/rows.ts'

const SECRET = 'the index secret of this deployment'
const DAY = 24 * 60 * 60

let tables: TestTables
let index: SessionIndex
let key: IndexKey
beforeEach(async () => {
  tables = await createTestTables()
  index = openWith(async () => SECRET)
  key = anIndexKey()
})

const openWith = (secret: () => Promise<string>) =>
  createSessionIndex(tables.client, tables.sessionTable, secret, testClock(MADE_AT))
const row = () => tables.item(tables.sessionTable, indexRowId(SECRET, key))
const lasting = (seconds: number, begunAt = BEGUN_AT) =>
  anIndexedSession({ begunAt, absoluteExpiresAt: MADE_AT + seconds })
const keptUntil = async () => Number((await row())?.expiresAt?.N) - MADE_AT

describe('an index row', () => {
  it('is written once for a session, and kept for a day after that is over [ST-11]', async () => {
    await index.add(key, lasting(28_800))
    expect(tables.takeCommands()).toEqual(['UpdateItem'])
    expect(await keptUntil()).toBe(28_800 + DAY)
  })

  it('is kept for its longest session, in whatever order they come [LO-17] [ST-11]', async () => {
    for (const life of [30 * DAY, 300, 60 * DAY, 28_800]) await index.add(key, lasting(life))
    expect(await keptUntil()).toBe(61 * DAY)
  })

  it('is kept for its longest session, though a shorter one is added at the same time [LO-17] [ST-11]', async () => {
    await index.add(key, lasting(28_800))
    const longest = lasting(60 * DAY)
    let isDue = true
    tables.client.middlewareStack.add(
      (next) => async (args) => {
        const { UpdateExpression = '' } = args.input as { UpdateExpression?: string }
        if (isDue && !UpdateExpression.includes('ADD')) {
          isDue = false
          await openWith(async () => SECRET).add(key, longest)
        }
        return next(args)
      },
      { step: 'initialize' },
    )
    await index.add(key, lasting(300))
    expect(isDue).toBe(false)
    expect(await keptUntil()).toBe(61 * DAY)
  })

  it('outlives a logout by as long as any login can last that began before it [LO-22] [ST-11]', async () => {
    await index.end(key, BEGUN_AT + 1)
    expect(await keptUntil()).toBe(1 + 2 * DAY)
  })

  it('is kept after a logout for the sessions that it spared [LO-17] [ST-11]', async () => {
    await index.add(key, lasting(28_800))
    await index.add(key, lasting(30 * DAY, BEGUN_AT + 10))
    await index.end(key, BEGUN_AT)
    expect(await keptUntil()).toBe(31 * DAY)
  })

  it('is not made by forgetting', async () => {
    await index.forget(key, [anIndexedSession()])
    expect(await row()).toBeUndefined()
  })
})

describe('an index whose secret cannot be read', () => {
  it('is unavailable, and asks the table nothing [ST-07]', async () => {
    const blind = openWith(() => Promise.reject(new Error('a text with the secret')))
    const unavailable = { code: 'session-unavailable', cause: 'index-secret-unavailable' }
    const outcomes = [
      await blind.add(key, anIndexedSession()),
      await blind.end(key, BEGUN_AT),
      await blind.forget(key, [anIndexedSession()]),
    ]
    for (const outcome of outcomes) expect(outcome).toEqual({ ok: false, failure: unavailable })
    expect(tables.takeCommands()).toEqual([])
  })

  it('serves again once it can be', async () => {
    let readable = false
    const recovering = openWith(async () => {
      if (!readable) throw new Error('not now')
      return SECRET
    })
    const session = anIndexedSession()
    expect(await recovering.add(key, session)).toMatchObject({ ok: false })
    readable = true
    expect(await recovering.add(key, session)).toEqual(ok(true))
    expect(await index.end(key, BEGUN_AT)).toEqual(ok([session]))
  })

  it('finds nothing that was written under another secret [ST-07]', async () => {
    await index.add(key, anIndexedSession())
    expect(await openWith(async () => `${SECRET}!`).end(key, BEGUN_AT)).toEqual(ok([]))
  })
})

describe('an index row that is full', () => {
  const members = (count: number, absoluteExpiresAt: number) =>
    Array.from(
      { length: count },
      (_, number) => `${String(number).padStart(43, '-')} ${BEGUN_AT} ${absoluteExpiresAt}`,
    )

  async function fill(count: number, absoluteExpiresAt: number): Promise<void> {
    await index.add(key, lasting(300))
    await tables.client.send(
      new UpdateItemCommand({
        TableName: tables.sessionTable,
        Key: { id: { S: indexRowId(SECRET, key) } },
        UpdateExpression: 'SET sessions = :sessions',
        ExpressionAttributeValues: { ':sessions': { SS: members(count, absoluteExpiresAt) } },
      }),
    )
  }

  it('takes no more sessions, stays as it was, and can still be ended', async () => {
    await fill(5000, MADE_AT + 28_800)
    expect(await index.add(key, lasting(28_800))).toMatchObject({
      ok: false,
      failure: { cause: 'index-full' },
    })
    expect((await row())?.sessions?.SS).toHaveLength(5000)
    const ended = await index.end(key, BEGUN_AT)
    expect(ended.ok && ended.value).toHaveLength(5000)
  })

  it('has room again when its sessions are over', async () => {
    await fill(5000, MADE_AT)
    await index.add(key, lasting(28_800))
    expect(await index.add(key, lasting(28_800))).toEqual(ok(true))
    expect((await row())?.sessions?.SS?.length).toBeLessThan(3)
  })

  it('with a member that cannot be read is unavailable: a logout must not spare what it names', async () => {
    await fill(1, MADE_AT)
    await tables.client.send(
      new UpdateItemCommand({
        TableName: tables.sessionTable,
        Key: { id: { S: indexRowId(SECRET, key) } },
        UpdateExpression: 'SET sessions = :sessions',
        ExpressionAttributeValues: { ':sessions': { SS: ['an-id-in-another-form'] } },
      }),
    )
    expect(await index.end(key, BEGUN_AT)).toMatchObject({
      ok: false,
      failure: { code: 'session-unavailable' },
    })
  })
})
