import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { createLoginTransactionStore } from '../../functions/adapters/dynamodb/login-transaction-store.ts'
import { createLogoutTokenStore } from '../../functions/adapters/dynamodb/logout-token-store.ts'
import { createSessionIndex } from '../../functions/adapters/dynamodb/session-index.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import type {
  BrowserBinding,
  LoginTransactionId,
  RandomToken,
  SessionRowId,
} from '../../functions/domain/identifiers.ts'
import { testClock } from './clock.ts'
import { aLoginRow, aSessionRow, MADE_AT } from './rows.ts'

/** The stores, all on one table. */
export function storesOn(client: DynamoDBClient, table: string) {
  const clock = testClock(MADE_AT)
  return {
    sessions: createSessionStore(client, table),
    transactions: createLoginTransactionStore(client, table),
    index: createSessionIndex(client, table, async () => 'an index secret', clock),
    logoutTokens: createLogoutTokenStore(client, table),
  }
}

type Stores = ReturnType<typeof storesOn>

const name = fc.constantFrom('a', 'b', 'c').map((text) => text as RandomToken)
const rowId = fc.constantFrom('one', 'two').map((text) => text as SessionRowId)
const loginId = fc.constantFrom('three', 'four').map((text) => text as LoginTransactionId)
const binding = fc.constantFrom('x', 'y').map((text) => text as BrowserBinding)
const version = fc.constantFrom(1, 2)
const instant = fc.constantFrom(MADE_AT, MADE_AT + 5, MADE_AT + 20)
const sealed = fc.constantFrom(Uint8Array.of(0), Uint8Array.of(255, 1))
const key = fc.constantFrom(
  { kind: 'sub', issuer: 'https://login.example.com', value: 'alice' } as const,
  { kind: 'sid', issuer: 'https://login.example.com', value: 'alice' } as const,
)
const indexed = fc.record({
  id: rowId,
  begunAt: fc.constantFrom(1000, 2000, 3000),
  absoluteExpiresAt: fc.constantFrom(MADE_AT - 1, MADE_AT + 100, MADE_AT + 200_000),
})
const token = fc.record({ issuer: fc.constant('https://login.example.com'), jti: name })

/** Calls of the stores as they are made, with arguments so few that they meet. */
export const storeCalls: fc.Arbitrary<(stores: Stores) => Promise<unknown>> = fc.oneof(
  fc.tuple(fc.record({ id: rowId, version, sealed }), name).map(
    ([row, attempt]) =>
      ({ sessions }: Stores) =>
        sessions.create(aSessionRow(row), attempt),
  ),
  rowId.map(
    (id) =>
      ({ sessions }: Stores) =>
        sessions.find(id),
  ),
  fc.tuple(rowId, instant).map(
    ([id, until]) =>
      ({ sessions }: Stores) =>
        sessions.moveIdleExpiry(id, until),
  ),
  rowId.map(
    (id) =>
      ({ sessions }: Stores) =>
        sessions.remove(id),
  ),
  fc.tuple(rowId, version).map(
    ([id, of]) =>
      ({ sessions }: Stores) =>
        sessions.removeVersion(id, of),
  ),
  fc.record({ id: rowId, version, owner: name, now: instant, until: instant }).map(
    (lease) =>
      ({ sessions }: Stores) =>
        sessions.takeRefreshLease(lease),
  ),
  fc.record({ id: rowId, version, sealed, attempt: name }).map(
    (write) =>
      ({ sessions }: Stores) =>
        sessions.writeTokens(write),
  ),
  fc.record({ id: rowId, owner: name, refreshNotBefore: instant, refreshFailures: version }).map(
    (release) =>
      ({ sessions }: Stores) =>
        sessions.releaseRefreshLease(release),
  ),
  fc.record({ id: loginId, binding, sealed, expiresAt: instant }).map(
    (row) =>
      ({ transactions }: Stores) =>
        transactions.create(aLoginRow(row)),
  ),
  fc.record({ id: loginId, binding, attempt: name, now: instant }).map(
    (consumption) =>
      ({ transactions }: Stores) =>
        transactions.consume(consumption),
  ),
  loginId.map(
    (id) =>
      ({ transactions }: Stores) =>
        transactions.find(id),
  ),
  fc.tuple(key, indexed).map(
    ([of, session]) =>
      ({ index }: Stores) =>
        index.add(of, session),
  ),
  fc.tuple(key, fc.constantFrom(999, 1000, 2500)).map(
    ([of, endedAt]) =>
      ({ index }: Stores) =>
        index.end(of, endedAt),
  ),
  fc.tuple(key, fc.uniqueArray(indexed, { maxLength: 2, selector: JSON.stringify })).map(
    ([of, sessions]) =>
      ({ index }: Stores) =>
        index.forget(of, sessions),
  ),
  fc.tuple(token, fc.record({ arrivedAt: instant, expiresAt: instant })).map(
    ([of, arrival]) =>
      ({ logoutTokens }: Stores) =>
        logoutTokens.arrived(of, arrival),
  ),
  token.map(
    (of) =>
      ({ logoutTokens }: Stores) =>
        logoutTokens.done(of),
  ),
)
