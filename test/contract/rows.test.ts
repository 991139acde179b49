import { beforeAll, describe, expect, it } from 'vitest'
import { createLoginTransactionStore } from '../../functions/adapters/dynamodb/login-transaction-store.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import { LOGIN_TABLE, SESSION_TABLE } from '../../functions/adapters/dynamodb/table-schema.ts'
import { beginLogin, fromAuthorizationServer, startBff } from '../support/bff.ts'
import { createTestTables, type TestTables } from '../support/dynamodb.ts'
import { aLoginRow, anAttempt, aSessionRow } from '../support/rows.ts'

const DAY = 24 * 60 * 60

let tables: TestTables
beforeAll(async () => {
  tables = await createTestTables()
})

describe('a row in the table of login transactions', () => {
  it('holds the documented attributes and no other, its TTL a day after its expiry [ST-11]', async () => {
    const row = aLoginRow()
    await createLoginTransactionStore(tables.client, tables.loginTable).create(row)
    expect(await tables.item(tables.loginTable, row.id)).toEqual({
      id: { S: row.id },
      binding: { S: row.binding },
      sealed: { B: row.sealed },
      expiresAt: { N: String(row.expiresAt) },
      ttl: { N: String(row.expiresAt + DAY) },
      schemaVersion: { N: '1' },
    })
    expect(LOGIN_TABLE).toEqual({ partitionKey: 'id', timeToLive: 'ttl' })
  })

  it('is marked with the attempt that consumed it, and otherwise left as it is [CB-02]', async () => {
    const [row, attempt] = [aLoginRow(), anAttempt()]
    const store = createLoginTransactionStore(tables.client, tables.loginTable)
    await store.create(row)
    const before = await tables.item(tables.loginTable, row.id)
    await store.consume({ ...row, attempt, now: row.expiresAt - 1 })
    expect(await tables.item(tables.loginTable, row.id)).toEqual({ ...before, consumedBy: { S: attempt } })
  })
})

describe('a row in the table of sessions', () => {
  it('holds the documented attributes and no other, its TTL a day after its absolute limit [ST-11]', async () => {
    const [row, attempt] = [aSessionRow({ version: 3 }), anAttempt()]
    await createSessionStore(tables.client, tables.sessionTable).create(row, attempt)
    expect(await tables.item(tables.sessionTable, row.id)).toEqual({
      id: { S: row.id },
      sealed: { B: row.sealed },
      idleExpiresAt: { N: String(row.idleExpiresAt) },
      absoluteExpiresAt: { N: String(row.absoluteExpiresAt) },
      expiresAt: { N: String(row.absoluteExpiresAt + DAY) },
      version: { N: '3' },
      writtenBy: { S: attempt },
      schemaVersion: { N: '1' },
    })
    expect(SESSION_TABLE).toEqual({ partitionKey: 'id', timeToLive: 'expiresAt' })
  })

  it('keeps version and TTL when its idle expiry moves [ST-11]', async () => {
    const row = aSessionRow()
    const store = createSessionStore(tables.client, tables.sessionTable)
    await store.create(row, anAttempt())
    const before = await tables.item(tables.sessionTable, row.id)
    await store.moveIdleExpiry(row.id, row.idleExpiresAt + 60)
    expect(await tables.item(tables.sessionTable, row.id)).toEqual({
      ...before,
      idleExpiresAt: { N: String(row.idleExpiresAt + 60) },
    })
  })
})

describe('the two tables after a login', () => {
  it('tell nothing that grants anything or names anybody [ST-04] [ST-05]', async () => {
    const bff = await startBff({ tables: await createTestTables() })
    const telling = new Set([bff.server.issuer, 'user-1', 'user@example.com', '/a-page-of-the-app'])
    const { signingKey } = bff.server
    bff.server.signWith = {
      ...signingKey,
      sign: async (parts, accessToken) => {
        const idToken = await signingKey.sign(parts, accessToken)
        for (const secret of [accessToken, idToken, String(parts.claims.nonce)]) telling.add(secret)
        return idToken
      },
    }
    bff.server.tokenResponse = { refresh_token: 'a refresh token that can be found again' }
    telling.add('a refresh token that can be found again')

    const visitor = bff.newVisitor()
    const { callbackTarget, parameters } = await beginLogin(bff, visitor, '?returnTo=/a-page-of-the-app')
    for (const cookie of visitor.jar.values()) telling.add(cookie)
    await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
    const [redemption] = bff.server.requestsTo('/token')
    for (const cookie of visitor.jar.values()) telling.add(cookie)
    telling.add(parameters.code).add(parameters.state)
    telling.add(redemption?.form.get('code_verifier') ?? '')
    expect(telling.size).toBe(13)

    for (const text of await everythingIn(bff.tables)) {
      expect([...telling].filter((secret) => text.includes(secret))).toEqual([])
    }
    await bff.server.stop()
  })
})

/** Every attribute of every row, as text. */
async function everythingIn({ items, loginTable, sessionTable }: TestTables): Promise<string[]> {
  const rows = [...(await items(loginTable)), ...(await items(sessionTable))]
  expect(rows).toHaveLength(2)
  return rows
    .flatMap((row) => Object.values(row))
    .map(({ S = '', N = '', B = new Uint8Array() }) => `${S} ${N} ${Buffer.from(B).toString('latin1')}`)
}

describe('every read', () => {
  it('is strongly consistent [ST-03]', async () => {
    const { client, loginTable, sessionTable } = await createTestTables()
    const reads: unknown[] = []
    client.middlewareStack.add(
      (next) => (args) => {
        reads.push((args.input as { ConsistentRead?: boolean }).ConsistentRead)
        return next(args)
      },
      { step: 'initialize' },
    )
    await createLoginTransactionStore(client, loginTable).find(aLoginRow().id)
    await createSessionStore(client, sessionTable).find(aSessionRow().id)
    expect(reads).toEqual([true, true])
  })
})
