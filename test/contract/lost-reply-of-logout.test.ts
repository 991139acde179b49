import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogoutTokenStore } from '../../functions/adapters/dynamodb/logout-token-store.ts'
import { createSessionIndex } from '../../functions/adapters/dynamodb/session-index.ts'
import { ok } from '../../functions/domain/result.ts'
import type { LogoutTokenStore, SessionIndex } from '../../functions/flows/ports.ts'
import { testClock } from '../support/clock.ts'
import { createTestTables, testDynamoDBEndpoint } from '../support/dynamodb.ts'
import { aLogoutTokenName, anIndexedSession, anIndexKey, BEGUN_AT } from '../support/indexed-sessions.ts'
import { type LossyDynamoDB, startLossyDynamoDB } from '../support/lossy-dynamodb.ts'
import { MADE_AT } from '../support/rows.ts'

let lossy: LossyDynamoDB
let index: SessionIndex
let logoutTokens: LogoutTokenStore
beforeAll(async () => {
  lossy = await startLossyDynamoDB(await testDynamoDBEndpoint())
  const { client, loginTable, sessionTable } = await createTestTables(lossy.endpoint)
  index = createSessionIndex(client, sessionTable, async () => 'the index secret', testClock(MADE_AT))
  logoutTokens = createLogoutTokenStore(client, loginTable)
})
afterAll(() => lossy.stop())

const ENDED_AT = BEGUN_AT + 1000

/** Loses the reply to the next update, and answers what came of it once the SDK has repeated it. */
async function losingReplyOf<T>(write: () => Promise<T>, meanwhile?: () => Promise<unknown>): Promise<T> {
  lossy.takeAnswered()
  lossy.loseReplyOf('UpdateItem', async () => void (await meanwhile?.()))
  const outcome = await write()
  expect(lossy.takeAnswered()).toContainEqual(['UpdateItem', 200, 'lost'])
  return outcome
}

const arrival = (arrivedAt: number) => ({ arrivedAt, expiresAt: MADE_AT + 150 })

describe('a write whose reply is lost is a success, applied exactly once, if it', () => {
  it('adds a session to the index', async () => {
    const [key, session] = [anIndexKey(), anIndexedSession()]
    expect(await losingReplyOf(() => index.add(key, session))).toEqual(ok(true))
    expect(await index.end(key, ENDED_AT)).toEqual(ok([session]))
  })

  it('ends the sessions of a key', async () => {
    const [key, session] = [anIndexKey(), anIndexedSession()]
    await index.add(key, session)
    expect(await losingReplyOf(() => index.end(key, ENDED_AT))).toEqual(ok([session]))
    expect(await index.add(key, anIndexedSession())).toEqual(ok(false))
  })

  it('forgets sessions that are gone', async () => {
    const [key, gone, staying] = [anIndexKey(), anIndexedSession(), anIndexedSession()]
    for (const session of [gone, staying]) await index.add(key, session)
    expect(await losingReplyOf(() => index.forget(key, [gone]))).toEqual(ok(undefined))
    expect(await index.end(key, ENDED_AT)).toEqual(ok([staying]))
  })

  it('notes that a logout token has come, which is not taken for its repetition [LO-16]', async () => {
    const token = aLogoutTokenName()
    const trace = await losingReplyOf(() => logoutTokens.arrived(token, arrival(ENDED_AT)))
    expect(trace).toEqual(ok({ arrivedAt: ENDED_AT, done: false }))
  })

  it('notes that a logout token is done [LO-16]', async () => {
    const token = aLogoutTokenName()
    await logoutTokens.arrived(token, arrival(ENDED_AT))
    expect(await losingReplyOf(() => logoutTokens.done(token))).toEqual(ok(undefined))
    const trace = await logoutTokens.arrived(token, arrival(ENDED_AT + 1))
    expect(trace).toEqual(ok({ arrivedAt: ENDED_AT, done: true }))
  })
})

describe('between a write whose reply is lost and its repetition', () => {
  it('a logout that arrives ends the login whose session was just added [LO-22]', async () => {
    const [key, session] = [anIndexKey(), anIndexedSession()]
    let logout: unknown
    const added = await losingReplyOf(
      () => index.add(key, session),
      async () => {
        logout = await index.end(key, ENDED_AT)
      },
    )
    expect(logout).toEqual(ok([session]))
    expect(added).toEqual(ok(false))
  })

  it('a login that began after the logout is spared by its repetition [LO-22]', async () => {
    const key = anIndexKey()
    const [earlier, later] = [anIndexedSession(), anIndexedSession({ begunAt: ENDED_AT + 1 })]
    await index.add(key, earlier)
    const ended = await losingReplyOf(
      () => index.end(key, ENDED_AT),
      () => index.add(key, later),
    )
    expect(ended).toEqual(ok([earlier]))
  })

  it('a later logout is not undone by the repetition of an earlier one [LO-22]', async () => {
    const [key, session] = [anIndexKey(), anIndexedSession()]
    await index.add(key, session)
    const ended = await losingReplyOf(
      () => index.end(key, ENDED_AT),
      () => index.end(key, ENDED_AT + 10),
    )
    expect(ended).toEqual(ok([session]))
    expect(await index.add(key, anIndexedSession({ begunAt: ENDED_AT + 5 }))).toEqual(ok(false))
  })
})
