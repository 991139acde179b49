import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it } from 'vitest'
import { createLoginTransactionStore } from '../../functions/adapters/dynamodb/login-transaction-store.ts'
import { createLogoutTokenStore } from '../../functions/adapters/dynamodb/logout-token-store.ts'
import { createSessionIndex } from '../../functions/adapters/dynamodb/session-index.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import { SCHEMA_VERSION } from '../../functions/adapters/dynamodb/table-schema.ts'
import { ok } from '../../functions/domain/result.ts'
import { indexRowId } from '../../functions/domain/session-index.ts'
import { testClock } from '../support/clock.ts'
import { createTestTables, type TestTables } from '../support/dynamodb.ts'
import { aLogoutTokenName, anIndexedSession, anIndexKey, BEGUN_AT } from '../support/indexed-sessions.ts'
import { aLoginRow, anAttempt, aSessionRow, MADE_AT } from '../support/rows.ts'

const READABLE = [SCHEMA_VERSION - 1, SCHEMA_VERSION, SCHEMA_VERSION + 1]

const UNREADABLE: { readonly [version: string]: AttributeValue | undefined } = {
  'two versions ahead of ours': { N: String(SCHEMA_VERSION + 2) },
  'two versions behind ours': { N: String(SCHEMA_VERSION - 2) },
  'of no version': undefined,
  'of a version that is text': { S: String(SCHEMA_VERSION) },
}

const UNAVAILABLE = { ok: false, failure: { code: 'session-unavailable', cause: 'UnreadableRecord' } }

let tables: TestTables
beforeAll(async () => {
  tables = await createTestTables()
})

/** Rewrites a row as another release would have written it. */
async function setVersion(table: string, id: string, version: AttributeValue | undefined) {
  const { schemaVersion: _ours, ...item } = (await tables.item(table, id)) ?? {}
  const rewritten = version === undefined ? item : { ...item, schemaVersion: version }
  await tables.client.send(new PutItemCommand({ TableName: table, Item: rewritten }))
  return rewritten
}

describe('a login transaction', () => {
  async function aTransaction(version: AttributeValue | undefined) {
    const store = createLoginTransactionStore(tables.client, tables.loginTable)
    const row = aLoginRow()
    await store.create(row)
    const item = await setVersion(tables.loginTable, row.id, version)
    return { store, row, item, consumption: { ...row, attempt: anAttempt(), now: MADE_AT } }
  }

  it.each(READABLE)('of version %i can be found and consumed by this release', async (version) => {
    const { store, row, consumption } = await aTransaction({ N: String(version) })
    expect(await store.find(row.id)).toEqual(ok(row))
    expect(await store.consume(consumption)).toEqual(ok({ ...row, consumedBy: consumption.attempt }))
  })

  it.each(Object.entries(UNREADABLE))(
    '%s is unavailable, and an attempt consumes nothing',
    async (_, version) => {
      const { store, row, item, consumption } = await aTransaction(version)
      expect(await store.find(row.id)).toEqual(UNAVAILABLE)
      const consumed = await store.consume(consumption)
      expect([ok(undefined), UNAVAILABLE]).toContainEqual(consumed)
      expect(await tables.item(tables.loginTable, row.id)).toEqual(item)
    },
  )
})

describe('a session', () => {
  async function aSession(version: AttributeValue | undefined) {
    const store = createSessionStore(tables.client, tables.sessionTable)
    const row = aSessionRow()
    await store.create(row, anAttempt())
    return { store, row, item: await setVersion(tables.sessionTable, row.id, version) }
  }

  it.each(READABLE)('of version %i can be found, moved and removed by this release', async (version) => {
    const { store, row } = await aSession({ N: String(version) })
    expect(await store.find(row.id)).toEqual(ok(row))
    expect(await store.moveIdleExpiry(row.id, row.idleExpiresAt + 60)).toEqual(ok(true))
    const moved = { ...row, idleExpiresAt: row.idleExpiresAt + 60 }
    expect(await store.find(row.id)).toEqual(ok(moved))
    expect(await store.remove(row.id)).toEqual(ok(moved))
    expect(await store.find(row.id)).toEqual(ok(undefined))
  })

  it.each(Object.entries(UNREADABLE))('%s is unavailable, which is not ended', async (_, version) => {
    const { store, row, item } = await aSession(version)
    expect(await store.find(row.id)).toEqual(UNAVAILABLE)
    expect(await tables.item(tables.sessionTable, row.id)).toEqual(item)
  })

  it('that lost an attribute is unavailable, which is not ended', async () => {
    const { store, row } = await aSession({ N: String(SCHEMA_VERSION) })
    const whole = (await tables.item(tables.sessionTable, row.id)) ?? {}
    for (const name of ['sealed', 'idleExpiresAt', 'absoluteExpiresAt', 'version']) {
      const { [name]: _lost, ...damaged } = whole
      await tables.client.send(new PutItemCommand({ TableName: tables.sessionTable, Item: damaged }))
      expect(await store.find(row.id)).toEqual(UNAVAILABLE)
    }
  })

  it('that no release can read can still be ended by a logout [LO-01]', async () => {
    const { store, row } = await aSession(undefined)
    expect(await store.remove(row.id)).toEqual(ok(undefined))
    expect(await store.find(row.id)).toEqual(ok(undefined))
  })
})

describe('an index row', () => {
  const SECRET = 'the index secret'

  async function anIndexRow(version: AttributeValue | undefined) {
    const index = createSessionIndex(
      tables.client,
      tables.sessionTable,
      async () => SECRET,
      testClock(MADE_AT),
    )
    const [key, session] = [anIndexKey(), anIndexedSession()]
    await index.add(key, session)
    await setVersion(tables.sessionTable, indexRowId(SECRET, key), version)
    const item = () => tables.item(tables.sessionTable, indexRowId(SECRET, key))
    return { index, key, session, item }
  }

  it.each(READABLE)('of version %i can be added to and ended, and keeps its version', async (version) => {
    const { index, key, session, item } = await anIndexRow({ N: String(version) })
    expect(await index.add(key, session)).toEqual(ok(true))
    expect(await index.end(key, BEGUN_AT)).toEqual(ok([session]))
    expect(await item()).toMatchObject({ schemaVersion: { N: String(version) } })
  })

  it.each(['two versions ahead of ours', 'two versions behind ours', 'of a version that is text'])(
    '%s is unavailable: no login and no logout takes it for empty',
    async (name) => {
      const { index, key, item } = await anIndexRow(UNREADABLE[name])
      expect(await index.add(key, anIndexedSession())).toEqual(UNAVAILABLE)
      expect(await index.end(key, BEGUN_AT)).toEqual(UNAVAILABLE)
      expect(await item()).toMatchObject({ schemaVersion: UNREADABLE[name] })
    },
  )
})

describe('the trace of a logout token', () => {
  const arrival = { arrivedAt: BEGUN_AT, expiresAt: MADE_AT + 150 }

  async function aTrace(version: AttributeValue | undefined) {
    const store = createLogoutTokenStore(tables.client, tables.loginTable)
    const [token, before] = [aLogoutTokenName(), await idsIn(tables.loginTable)]
    await store.arrived(token, arrival)
    const [id = ''] = (await idsIn(tables.loginTable)).filter((known) => !before.includes(known))
    await setVersion(tables.loginTable, id, version)
    return { store, token }
  }

  it.each(READABLE)('of version %i can be read by this release', async (version) => {
    const { store, token } = await aTrace({ N: String(version) })
    expect(await store.arrived(token, arrival)).toEqual(ok({ arrivedAt: BEGUN_AT, done: false }))
  })

  it.each(['two versions ahead of ours', 'two versions behind ours', 'of a version that is text'])(
    '%s is unavailable, and not taken for done',
    async (name) => {
      const { store, token } = await aTrace(UNREADABLE[name])
      expect(await store.arrived(token, arrival)).toEqual(UNAVAILABLE)
    },
  )
})

async function idsIn(table: string): Promise<string[]> {
  return (await tables.items(table)).map(({ id }) => id?.S ?? '')
}
