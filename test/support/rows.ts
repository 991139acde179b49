import { systemEntropy } from '../../functions/adapters/system/entropy.ts'
import {
  browserBinding,
  loginTransactionId,
  type RandomToken,
  sessionRowId,
} from '../../functions/domain/identifiers.ts'
import type { LoginTransactionRow } from '../../functions/domain/login-transaction.ts'
import type { SessionRow } from '../../functions/domain/session.ts'

/** The instant at which the rows below were made, in epoch seconds. */
export const MADE_AT = 1_800_000_000

export const anAttempt = (): RandomToken => systemEntropy.token()
export const aBinding = () => browserBinding(systemEntropy.token())

/** Every byte value occurs, so that a store which takes it for text is found out. */
const SEALED = Uint8Array.from({ length: 256 }, (_, index) => index)

export function aLoginRow(changes: Partial<LoginTransactionRow> = {}): LoginTransactionRow {
  return {
    id: loginTransactionId(systemEntropy.token()),
    binding: aBinding(),
    sealed: SEALED,
    expiresAt: MADE_AT + 600,
    ...changes,
  }
}

export function aSessionRow(changes: Partial<SessionRow> = {}): SessionRow {
  return {
    id: sessionRowId(systemEntropy.token()),
    sealed: SEALED,
    idleExpiresAt: MADE_AT + 1800,
    absoluteExpiresAt: MADE_AT + 28_800,
    version: 1,
    ...changes,
  }
}
