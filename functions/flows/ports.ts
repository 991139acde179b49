import type { Cause, StoreUnavailable } from '../domain/failure.ts'
import type { BrowserBinding, LoginTransactionId, RandomToken, SessionRowId } from '../domain/identifiers.ts'
import type { LoginTransactionRow } from '../domain/login-transaction.ts'
import type { Result } from '../domain/result.ts'
import type { SessionRow } from '../domain/session.ts'
import type { IndexedSession, IndexKey } from '../domain/session-index.ts'

/** The only source of time. */
export interface Clock {
  /** Whole epoch seconds. */
  now(): number
  milliseconds(): number
  pause(milliseconds: number): Promise<void>
}

/** The only source of randomness: a CSPRNG. */
export interface Entropy {
  token(): RandomToken
  bytes(count: number): Uint8Array
}

/** What one request shares across all its steps. */
export interface Call {
  /** Epoch milliseconds; nothing starts that cannot end before it. */
  readonly deadlineAt: number
  record(event: FlowEvent): void
}

/** What happened beside a request, whatever that was answered. */
export interface FlowEvent {
  readonly event:
    | 'session-replacement-failed'
    | 'token-revocation-failed'
    | 'idle-expiry-not-moved'
    | 'session-refreshed'
    | 'refresh-failed'
    | 'refresh-conflict'
    | 'refreshed-tokens-not-stored'
    | 'refreshed-id-token-wrong'
    | 'refreshed-id-token-dropped'
    | 'grant-ended'
    | 'session-index-not-updated'
    | 'end-session-url-unavailable'
  readonly cause?: Cause
}

/** Everything that the log can tell. `docs/log.md` explains each. */
export type LogEventName =
  | FlowEvent['event']
  | 'login-begun'
  | 'login-completed'
  | 'login-failed'
  | 'login-failed-while-signed-in'
  | 'session-checked'
  | 'api-call-forwarded'
  | 'backchannel-logout-accepted'
  | 'backchannel-logout-refused'
  | 'session-ended'
  | 'health-checked'
  | 'csrf-rejected'
  | 'request-refused'
  | 'request-answered'
  | 'request-given-up'
  | 'unexpected-failure'

/**
 * One line of the log. The schema is closed: no field takes an Error, a header, a body or free text, so none can
 * carry a token: words are ours, or have the form of a `Cause`.
 */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: LogEventName
  /** Shown to the user beside an error, so that both can be brought together. */
  readonly requestId: string
  readonly route?: string
  readonly status?: number
  readonly code?: string
  /** What the failure means, also where a redirect or a page was answered instead. */
  readonly problemStatus?: number
  readonly cause?: Cause
  /** Name of the upstream, as configured, and the status that it answered. */
  readonly upstream?: string
  readonly upstreamStatus?: number
  /** Sessions that a back-channel logout ended. */
  readonly sessionsEnded?: number
  /** A consumed login transaction was shown again without its cookie. */
  readonly replay?: boolean
  /** `file:line` of stack frames, for failures that are bugs. */
  readonly where?: readonly string[]
  readonly milliseconds?: number
}

export type Log = (entry: LogEntry) => void

/** Single use rests on this store: its writes are atomic and its reads strongly consistent. */
export interface LoginTransactionStore {
  create(row: LoginTransactionRow): Promise<Result<undefined, StoreUnavailable>>
  /**
   * Marks the row as consumed if it exists, has not expired, bears this binding and was not consumed by another
   * attempt. Idempotent for one attempt. A refusal is `undefined`; `find` tells why.
   */
  consume(consumption: Consumption): Promise<Result<LoginTransactionRow | undefined, StoreUnavailable>>
  find(id: LoginTransactionId): Promise<Result<LoginTransactionRow | undefined, StoreUnavailable>>
}

export interface Consumption {
  readonly id: LoginTransactionId
  readonly binding: BrowserBinding
  /** Names this attempt: a retry of the write bears the same name. */
  readonly attempt: RandomToken
  /** Epoch seconds. */
  readonly now: number
}

/** Reads are strongly consistent and rows past their expiry may still be found: the caller decides by time. */
export interface SessionStore {
  /** `attempt` names this write, so that its own retry is not taken for a collision. */
  create(row: SessionRow, attempt: RandomToken): Promise<Result<undefined, StoreUnavailable>>
  find(id: SessionRowId): Promise<Result<SessionRow | undefined, StoreUnavailable>>
  /** Moves the idle expiry of a row that exists. `false`: it does not, and was not brought back. */
  moveIdleExpiry(id: SessionRowId, idleExpiresAt: number): Promise<Result<boolean, StoreUnavailable>>
  /** @returns the row that was there. After a lost reply the retry finds none. */
  remove(id: SessionRowId): Promise<Result<SessionRow | undefined, StoreUnavailable>>
  /** Removes a row that still has this version. `false`: it has another, or is gone. */
  removeVersion(id: SessionRowId, version: number): Promise<Result<boolean, StoreUnavailable>>
  /** Takes the lease if the row has this version and is neither leased to another nor backing off. */
  takeRefreshLease(lease: RefreshLease): Promise<Result<SessionRow | undefined, StoreUnavailable>>
  /** Replaces the tokens of a row that still has the version they replace, and frees its lease. */
  writeTokens(write: TokenWrite): Promise<Result<boolean, StoreUnavailable>>
  /** Frees a lease after a refresh that failed, if it is still this owner's. */
  releaseRefreshLease(release: LeaseRelease): Promise<Result<boolean, StoreUnavailable>>
  /** Whether the store answers at all. */
  answers(): Promise<boolean>
}

export interface RefreshLease {
  readonly id: SessionRowId
  readonly version: number
  /** Names this attempt: a retry of the write bears the same name. */
  readonly owner: RandomToken
  /** Epoch seconds, both. */
  readonly now: number
  readonly until: number
}

export interface TokenWrite {
  readonly id: SessionRowId
  /** The version that was read; the row gets the next one. */
  readonly version: number
  readonly sealed: Uint8Array
  readonly attempt: RandomToken
}

export interface LeaseRelease {
  readonly id: SessionRowId
  readonly owner: RandomToken
  /** Epoch seconds. */
  readonly refreshNotBefore: number
  readonly refreshFailures: number
}

/** Finds sessions without their cookies, for a logout that does not come from the browser. */
export interface SessionIndex {
  /** `false`: a logout since this session's login began has ended it already. */
  add(key: IndexKey, session: IndexedSession): Promise<Result<boolean, StoreUnavailable>>
  /**
   * Ends all sessions under this key whose login began until `endedAt`, those not yet added included.
   * @param endedAt epoch milliseconds.
   * @returns the sessions to remove.
   */
  end(key: IndexKey, endedAt: number): Promise<Result<readonly IndexedSession[], StoreUnavailable>>
  /** Drops sessions that are gone. */
  forget(key: IndexKey, sessions: readonly IndexedSession[]): Promise<Result<undefined, StoreUnavailable>>
}

/** Remembers logout tokens by issuer and `jti`. @see OpenID Connect Back-Channel Logout 1.0 section 2.6 */
export interface LogoutTokenStore {
  /**
   * Notes that a token has come. Of one that came before, answers its first arrival.
   * @param arrival in epoch milliseconds, and until when the token could be sent again, in epoch seconds.
   */
  arrived(
    token: LogoutTokenName,
    arrival: { readonly arrivedAt: number; readonly expiresAt: number },
  ): Promise<Result<LogoutTokenTrace, StoreUnavailable>>
  /** Notes that all it asked for is done. */
  done(token: LogoutTokenName): Promise<Result<undefined, StoreUnavailable>>
}

export interface LogoutTokenName {
  readonly issuer: string
  readonly jti: string
}

export interface LogoutTokenTrace {
  /** Epoch milliseconds: when it came first. */
  readonly arrivedAt: number
  readonly done: boolean
}
