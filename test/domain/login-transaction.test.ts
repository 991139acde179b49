import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { browserBinding, loginTransactionId, sessionRowId } from '../../functions/domain/identifiers.ts'
import {
  LOGIN_TRANSACTION_SECONDS,
  type LoginTransaction,
  type LoginTransactionRow,
  loginTransactionSeal,
  openLoginTransaction,
  whyNotConsumed,
} from '../../functions/domain/login-transaction.ts'
import { SEAL_IV_BYTES, seal } from '../../functions/domain/sealing.ts'
import { randomTokens, tokenOfAll } from './random-tokens.ts'

const SECRET = tokenOfAll(1)
const STARTED_AT = 1_800_000_000
const TRANSACTION: LoginTransaction = {
  issuer: 'https://as.example.com',
  redirectUri: 'https://app.example.com/bff/callback',
  codeVerifier: tokenOfAll(2),
  nonce: tokenOfAll(3),
  returnTo: 'https://app.example.com/orders?page=2#top',
  begunAt: STARTED_AT * 1000,
  maxAgeSeconds: 300,
  replaces: sessionRowId(tokenOfAll(4)),
}

function rowOf(transaction: LoginTransaction, state = 'state-1'): LoginTransactionRow {
  const key = {
    id: loginTransactionId(state),
    expiresAt: transaction.begunAt / 1000 + LOGIN_TRANSACTION_SECONDS,
  }
  const iv = new Uint8Array(SEAL_IV_BYTES).fill(5)
  const sealed = seal(SECRET, iv, JSON.stringify(transaction), loginTransactionSeal(key))
  return { ...key, binding: browserBinding(SECRET), sealed }
}

describe('a login transaction', () => {
  it('must be completed within ten minutes [ST-11]', () => {
    expect(LOGIN_TRANSACTION_SECONDS).toBe(600)
  })

  it('comes back whole under the login cookie that it was sealed with [AR-27]', () => {
    expect(openLoginTransaction(rowOf(TRANSACTION), SECRET)).toEqual(TRANSACTION)
  })

  it('comes back without what it never had: no max_age, no session to replace [AR-17]', () => {
    const { maxAgeSeconds, replaces, ...least } = TRANSACTION
    expect(openLoginTransaction(rowOf(least), SECRET)).toStrictEqual(least)
  })

  it('opens under no other login cookie [AR-08]', () => {
    const row = rowOf(TRANSACTION)
    fc.assert(
      fc.property(randomTokens, (secret) => {
        fc.pre(secret !== SECRET)
        expect(openLoginTransaction(row, secret)).toBeUndefined()
      }),
    )
  })

  it.each<[string, Partial<LoginTransactionRow>]>([
    ['moved to the row of another state', { id: loginTransactionId('state-2') }],
    ['made to live longer', { expiresAt: STARTED_AT + LOGIN_TRANSACTION_SECONDS + 1 }],
    ['exchanged for that of another login', { sealed: rowOf(TRANSACTION, 'state-2').sealed }],
    ['emptied', { sealed: new Uint8Array() }],
  ])('does not open when %s [ST-06]', (_, change) => {
    expect(openLoginTransaction({ ...rowOf(TRANSACTION), ...change }, SECRET)).toBeUndefined()
  })

  it('does not open as what a session sealed under the same secret [ST-06]', () => {
    const row = rowOf(TRANSACTION)
    const asSession = { purpose: 'session', rowId: row.id, expiresAt: row.expiresAt } as const
    const sealed = seal(SECRET, new Uint8Array(SEAL_IV_BYTES), JSON.stringify(TRANSACTION), asSession)
    expect(openLoginTransaction({ ...row, sealed }, SECRET)).toBeUndefined()
  })
})

describe('a login transaction that could not be consumed', () => {
  const unused = rowOf(TRANSACTION)
  const used: LoginTransactionRow = { ...unused, consumedBy: 'attempt-1' }
  const ours = browserBinding(SECRET)
  const strange = browserBinding(tokenOfAll(9))

  it('was replayed when the right login cookie comes with it again [CB-02]', () => {
    expect(whyNotConsumed(used, ours)).toEqual({ code: 'login-transaction-replayed' })
  })

  it('has expired when the right login cookie comes with it and it was never used [ST-01]', () => {
    expect(whyNotConsumed(unused, ours)).toEqual({ code: 'login-transaction-expired' })
  })

  it.each([
    ['unused, without a cookie', unused, undefined, false],
    ['unused, with another cookie', unused, strange, false],
    ['used, without a cookie', used, undefined, true],
    ['used, with another cookie', used, strange, true],
    ['gone, with the right cookie', undefined, ours, false],
    ['gone, without a cookie', undefined, undefined, false],
  ])(
    'is unknown to whoever lacks its cookie or its row, and counts as a replay if used: %s [CB-01] [CB-02]',
    (_, row, binding, replay) => {
      expect(whyNotConsumed(row, binding)).toEqual({ code: 'login-transaction-unknown', replay })
    },
  )
})
