import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { createLocalDynamoDBClient } from '../../dev/dynamodb.ts'
import { STORE_MILLISECONDS } from '../../functions/adapters/dynamodb/client.ts'
import { createLoginTransactionStore } from '../../functions/adapters/dynamodb/login-transaction-store.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import { testDynamoDBEndpoint } from '../support/dynamodb.ts'
import { aLoginRow, anAttempt, aSessionRow, MADE_AT } from '../support/rows.ts'
import { type Ailment, startUnwellServer, UNWELL_SERVER_TEXT } from '../support/unwell-server.ts'
import { witnessSecrets } from '../support/witness.ts'

const AILMENTS: readonly Ailment[] = [
  'refuses connections',
  'resets every connection',
  'answers that it failed',
  'answers that it is overloaded',
  'answers with nonsense',
  'never answers',
  'stops in the middle of its answer',
  'answers octet by octet',
]

witnessSecrets([UNWELL_SERVER_TEXT])

/** Every operation of both stores, under way at the same time. */
function everyOperation(client: DynamoDBClient): Promise<unknown>[] {
  const logins = createLoginTransactionStore(client, 'NoSuchTable')
  const sessions = createSessionStore(client, 'NoSuchTable')
  const [login, session] = [aLoginRow(), aSessionRow()]
  return [
    logins.create(login),
    logins.consume({ ...login, attempt: anAttempt(), now: MADE_AT }),
    logins.find(login.id),
    sessions.create(session, anAttempt()),
    sessions.find(session.id),
    sessions.moveIdleExpiry(session.id, session.idleExpiresAt),
    sessions.remove(session.id),
  ]
}

/** For a timer that fires late because this process is busy. */
const TOLERANCE_MILLISECONDS = 500

/** What an operation came to, or that it had not ended when the longest time it may take was over. */
function inTime<T>(operation: Promise<T>): Promise<T | 'still under way'> {
  const over = new Promise<'still under way'>((resolve) => {
    setTimeout(() => resolve('still under way'), STORE_MILLISECONDS + TOLERANCE_MILLISECONDS).unref()
  })
  return Promise.race([operation, over])
}

async function expectUnavailable(client: DynamoDBClient): Promise<void> {
  const outcomes = await Promise.all(everyOperation(client).map(inTime))
  for (const outcome of outcomes) {
    expect(outcome).toEqual({
      ok: false,
      failure: { code: 'session-unavailable', cause: expect.stringMatching(/^[A-Za-z0-9._-]{1,64}$/) },
    })
    expect(JSON.stringify(outcome)).not.toContain(UNWELL_SERVER_TEXT)
  }
}

describe('a store', () => {
  it.concurrent.each(AILMENTS)(
    'that %s makes every operation unavailable, in time, with a word as the cause',
    async (ailment) => {
      const server = await startUnwellServer(ailment)
      await expectUnavailable(createLocalDynamoDBClient(server.endpoint))
      await server.stop()
    },
  )

  it('whose table is missing makes every operation unavailable, with a word as the cause', async () => {
    await expectUnavailable(createLocalDynamoDBClient(await testDynamoDBEndpoint()))
  })

  it.each(['refuses connections', 'answers that it failed'] as const)(
    'that %s does not claim to answer',
    async (ailment) => {
      const server = await startUnwellServer(ailment)
      const sessions = createSessionStore(createLocalDynamoDBClient(server.endpoint), 'NoSuchTable')
      expect(await sessions.answers()).toBe(false)
      await server.stop()
    },
  )
})
