import { DeleteItemCommand, type DynamoDBClient, type GetItemCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createLoginTransactionStore } from '../../functions/adapters/dynamodb/login-transaction-store.ts'
import { createLogoutTokenStore } from '../../functions/adapters/dynamodb/logout-token-store.ts'
import { createSessionIndex } from '../../functions/adapters/dynamodb/session-index.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import { createTestTables, type TestTables } from '../support/dynamodb.ts'
import {
  type Answer,
  createMemoryDynamoDB,
  type MemoryDynamoDB,
  type Statement,
} from '../support/memory-dynamodb.ts'
import { storeCalls, storesOn } from '../support/memory-dynamodb-calls.ts'
import { statementForms } from '../support/memory-dynamodb-statements.ts'
import { loginTransactionStoreContract } from './login-transaction-store.contract.ts'
import { logoutTokenStoreContract } from './logout-token-store.contract.ts'
import { refreshLeaseContract } from './refresh-lease.contract.ts'
import { sessionIndexContract } from './session-index.contract.ts'
import { sessionStoreContract } from './session-store.contract.ts'

const TABLE = 'Table'
const RUNS = 50
const newClient = () => createMemoryDynamoDB([TABLE]).client

loginTransactionStoreContract('memory', async () => {
  const client = newClient()
  return () => createLoginTransactionStore(client, TABLE)
})

for (const contract of [sessionStoreContract, refreshLeaseContract]) {
  contract('memory', async () => {
    const client = newClient()
    return () => createSessionStore(client, TABLE)
  })
}

sessionIndexContract('memory', async () => {
  const client = newClient()
  const secret = async () => 'the index secret of this test'
  return (clock) => createSessionIndex(client, TABLE, secret, clock)
})

logoutTokenStoreContract('memory', async () => {
  const client = newClient()
  return () => createLogoutTokenStore(client, TABLE)
})

describe('the engine in memory is DynamoDB, as far as', () => {
  let tables: TestTables
  beforeAll(async () => {
    tables = await createTestTables()
  })

  /** Empties the table of the real engine, and makes an empty one in memory. */
  async function emptyTables(): Promise<MemoryDynamoDB> {
    for (const { id = { S: '' } } of await tables.items(tables.sessionTable)) {
      await tables.client.send(new DeleteItemCommand({ TableName: tables.sessionTable, Key: { id } }))
    }
    return createMemoryDynamoDB([tables.sessionTable])
  }

  async function expectSameItems(memory: MemoryDynamoDB): Promise<void> {
    const items = plain(await tables.items(tables.sessionTable))
    expect(plain(memory.items(tables.sessionTable))).toEqual(items)
  }

  it('random statements get the same answers and leave the same items', async () => {
    const sequences = fc.array(statementForms, { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(sequences, async (forms) => {
        const memory = await emptyTables()
        for (const form of forms) {
          const statement = form(tables.sessionTable)
          const expected = await answerOf(tables.client, statement)
          expect(await answerOf(memory.client, statement), JSON.stringify(statement.input)).toEqual(expected)
        }
        await expectSameItems(memory)
      }),
      { numRuns: RUNS },
    )
  })

  it('random calls of the stores get the same answers and leave the same items', async () => {
    const sequences = fc.array(storeCalls, { minLength: 1, maxLength: 15 })
    await fc.assert(
      fc.asyncProperty(sequences, async (calls) => {
        const memory = await emptyTables()
        const inMemory = storesOn(memory.client, tables.sessionTable)
        const real = storesOn(tables.client, tables.sessionTable)
        for (const call of calls) expect(plain(await call(inMemory))).toEqual(plain(await call(real)))
        await expectSameItems(memory)
      }),
      { numRuns: RUNS },
    )
  })
})

async function answerOf(client: DynamoDBClient, statement: Statement): Promise<unknown> {
  try {
    const { Item, Attributes } = (await client.send(statement as GetItemCommand)) as Answer
    return plain({ Item, Attributes })
  } catch (error) {
    return error instanceof Error ? error.name : error
  }
}

/** Neither items nor the members of a set have an order. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value))
    return value.map(plain).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([name, member]) => [name, plain(member)]),
  )
}
