import { systemEntropy } from '../../functions/adapters/system/entropy.ts'
import { sessionRowId } from '../../functions/domain/identifiers.ts'
import type { IndexedSession, IndexKey } from '../../functions/domain/session-index.ts'
import type { LogoutTokenName } from '../../functions/flows/ports.ts'
import { MADE_AT } from './rows.ts'

export const ISSUER = 'https://login.example.com'

/** Epoch milliseconds at which the sessions below began. */
export const BEGUN_AT = MADE_AT * 1000

/** A key that no other test uses. */
export function anIndexKey(changes: Partial<IndexKey> = {}): IndexKey {
  return { kind: 'sub', issuer: ISSUER, value: systemEntropy.token(), ...changes }
}

export function anIndexedSession(changes: Partial<IndexedSession> = {}): IndexedSession {
  return {
    id: sessionRowId(systemEntropy.token()),
    begunAt: BEGUN_AT,
    absoluteExpiresAt: MADE_AT + 28_800,
    ...changes,
  }
}

export function aLogoutTokenName(changes: Partial<LogoutTokenName> = {}): LogoutTokenName {
  return { issuer: ISSUER, jti: systemEntropy.token(), ...changes }
}
