import type { Failure } from './failure.ts'
import type { BrowserBinding, LoginTransactionId, RandomToken, SessionRowId } from './identifiers.ts'
import { type SealContext, unseal } from './sealing.ts'

/** A login that was begun must be completed within this time. */
export const LOGIN_TRANSACTION_SECONDS = 600

/** What one login attempt must remember until its callback. It is stored sealed under the login cookie. */
export interface LoginTransaction {
  readonly issuer: string
  readonly redirectUri: string
  readonly codeVerifier: string
  readonly nonce: string
  /** Absolute URL of our own origin. */
  readonly returnTo: string
  /** Epoch milliseconds. */
  readonly begunAt: number
  /** Seconds, if the authorization request carried `max_age`. */
  readonly maxAgeSeconds?: number
  /** The session that the browser had when it began: the completed login ends it. */
  readonly replaces?: SessionRowId
}

export interface LoginTransactionRow {
  readonly id: LoginTransactionId
  readonly binding: BrowserBinding
  readonly sealed: Uint8Array
  /** Epoch seconds; from this instant on the transaction is over, whether or not the row still exists. */
  readonly expiresAt: number
  readonly consumedBy?: string
}

export function loginTransactionSeal(row: Pick<LoginTransactionRow, 'id' | 'expiresAt'>): SealContext {
  return { purpose: 'login-transaction', rowId: row.id, expiresAt: row.expiresAt }
}

/** @returns undefined if the row was not sealed under this login cookie. */
export function openLoginTransaction(
  row: LoginTransactionRow,
  secret: RandomToken,
): LoginTransaction | undefined {
  const text = unseal(secret, row.sealed, loginTransactionSeal(row))
  return text === undefined ? undefined : (JSON.parse(text) as LoginTransaction)
}

/**
 * Why a transaction could not be consumed. Whoever lacks the right cookie learns nothing but `unknown`;
 * whether the row had been consumed is for the operator's count of replays.
 */
export function whyNotConsumed(
  row: LoginTransactionRow | undefined,
  binding: BrowserBinding | undefined,
): Failure {
  const consumed = row?.consumedBy !== undefined
  if (row === undefined || row.binding !== binding)
    return { code: 'login-transaction-unknown', replay: consumed }
  return { code: consumed ? 'login-transaction-replayed' : 'login-transaction-expired' }
}
