import type { Claims } from './claims.ts'
import type { RandomToken, SessionRowId } from './identifiers.ts'
import { type SealContext, unseal } from './sealing.ts'

export interface SessionLimits {
  readonly idleSeconds: number
  readonly absoluteSeconds: number
}

export interface AccessToken {
  readonly value: string
  readonly type: 'bearer' | 'dpop'
  /** Epoch seconds; absent if the authorization server did not say. */
  readonly expiresAt?: number
  /** Epoch seconds. */
  readonly receivedAt: number
  readonly scope?: string
}

/** Tokens of one session: access tokens by audience (`default` if none was asked for), one refresh token. */
export interface TokenSet {
  readonly accessTokens: { readonly [audience: string]: AccessToken }
  readonly refreshToken?: string
  readonly idToken: string
}

/** What a session holds. It is stored sealed under the session cookie. */
export interface Session {
  readonly issuer: string
  readonly subject: string
  readonly claims: Claims
  readonly tokens: TokenSet
  /** Epoch milliseconds: when the login began that opened it. */
  readonly begunAt: number
  /** Epoch seconds. */
  readonly openedAt: number
  /** Epoch seconds: when tokens were last refreshed because an upstream rejected a live one. */
  readonly rejectedAt?: number
}

export interface SessionRow {
  readonly id: SessionRowId
  readonly sealed: Uint8Array
  /** Epoch seconds, both; from either instant on the session is over, whether or not the row still exists. */
  readonly idleExpiresAt: number
  readonly absoluteExpiresAt: number
  /** Counts token sets; only a write of tokens raises it. */
  readonly version: number
  /** Epoch seconds: until then `leaseOwner` alone may refresh. */
  readonly refreshLeaseUntil?: number
  readonly leaseOwner?: string
  /** Epoch seconds, after a refresh that failed, and how many failed in a row. */
  readonly refreshNotBefore?: number
  readonly refreshFailures?: number
}

/** A session that was found and opened. */
export interface HeldSession {
  readonly identifier: RandomToken
  readonly row: SessionRow
  readonly session: Session
}

export function sessionSeal(row: Pick<SessionRow, 'id' | 'absoluteExpiresAt'>): SealContext {
  return { purpose: 'session', rowId: row.id, expiresAt: row.absoluteExpiresAt }
}

/** @returns undefined if the row was not sealed under this session identifier. */
export function openSession(row: SessionRow, sessionIdentifier: RandomToken): Session | undefined {
  const text = unseal(sessionIdentifier, row.sealed, sessionSeal(row))
  return text === undefined ? undefined : (JSON.parse(text) as Session)
}

export function hasEnded(row: SessionRow, now: number): boolean {
  return now >= row.idleExpiresAt || now >= row.absoluteExpiresAt
}

/** @param mostUntil epoch seconds that the session must not outlive, if there are any. */
export function firstExpiry(limits: SessionLimits, now: number, mostUntil = Number.POSITIVE_INFINITY) {
  const absoluteExpiresAt = Math.min(now + limits.absoluteSeconds, mostUntil)
  return { absoluteExpiresAt, idleExpiresAt: Math.min(now + limits.idleSeconds, absoluteExpiresAt) }
}

const LONGEST_SLACK_SECONDS = 300

/**
 * The new idle expiry, if it is worth a write: the idle limit may come early by the smaller of 5 minutes and a
 * tenth of itself, which saves a write on almost every request. Never beyond the absolute limit.
 */
export function slideIdleExpiry(row: SessionRow, limits: SessionLimits, now: number): number | undefined {
  if (hasEnded(row, now)) return undefined
  const slack = Math.min(LONGEST_SLACK_SECONDS, limits.idleSeconds / 10)
  const idleExpiresAt = Math.min(now + limits.idleSeconds, row.absoluteExpiresAt)
  const due = row.idleExpiresAt - now < limits.idleSeconds - slack
  return due && idleExpiresAt > row.idleExpiresAt ? idleExpiresAt : undefined
}
