import type { Claims } from '../domain/claims.ts'
import type { AuthorizationServerUnavailable, Cause, Failure, StoreUnavailable } from '../domain/failure.ts'
import type { BrowserBinding, LoginTransactionId, RandomToken, SessionRowId } from '../domain/identifiers.ts'
import type { LoginOptions } from '../domain/login-options.ts'
import type { LoginTransactionRow } from '../domain/login-transaction.ts'
import type { Result } from '../domain/result.ts'
import type { SessionRow, TokenSet } from '../domain/session.ts'

/** The only source of time. */
export interface Clock {
  /** Whole epoch seconds. */
  now(): number
  milliseconds(): number
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

/** What went wrong beside a request that was answered all the same. */
export interface FlowEvent {
  readonly event: 'session-replacement-failed' | 'token-revocation-failed' | 'idle-expiry-not-moved'
  readonly cause: Cause
}

/** Everything that the log can tell. `docs/log.md` explains each. */
export type LogEventName =
  | FlowEvent['event']
  | 'login-begun'
  | 'login-completed'
  | 'login-failed'
  | 'login-failed-while-signed-in'
  | 'session-checked'
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
  remove(id: SessionRowId): Promise<Result<undefined, StoreUnavailable>>
  /** Whether the store answers at all. */
  answers(): Promise<boolean>
}

export interface AuthorizationServer {
  /** Reads the server's metadata, at most once in a while; a recent copy bridges an outage. */
  discover(deadlineAt: number): Promise<Result<DiscoveredServer, AuthorizationServerUnavailable>>
}

export interface DiscoveredServer {
  readonly issuer: string
  /** Whether it promises `iss` in every authorization response. @see RFC 9207 section 3 */
  readonly announcesIssuer: boolean
  readonly codeChallengeMethodsSupported: readonly string[] | undefined
  authorizationUrl(request: AuthorizationRequest): string
  /**
   * Makes sure that we can authenticate as the client, before anything is used up that depends on it.
   * @returns undefined if so, else what stands in the way.
   */
  whyNotAuthenticated(): Promise<AuthorizationServerUnavailable | undefined>
  /** Redeems a code, once and never again, and verifies the ID token that comes with the access token. */
  redeemCode(redemption: CodeRedemption, deadlineAt: number): Promise<Result<RedeemedCode, Failure>>
  /** Best effort. @returns undefined if the server took it, else what stood in the way. */
  revoke(tokens: TokenSet, deadlineAt: number): Promise<Cause | undefined>
}

export interface AuthorizationRequest {
  readonly state: string
  readonly nonce: string
  readonly codeChallenge: string
  readonly redirectUri: string
  readonly options: Pick<LoginOptions, 'maxAgeSeconds' | 'passedThrough'>
}

export interface CodeRedemption {
  readonly code: string
  readonly state: string
  readonly responseIssuer: string | undefined
  readonly codeVerifier: string
  readonly redirectUri: string
  readonly nonce: string
  readonly maxAgeSeconds: number | undefined
}

export interface RedeemedCode {
  readonly subject: string
  readonly claims: Claims
  readonly tokens: TokenSet
}
