import { causeOf, type Failure } from '../domain/failure.ts'
import { type RandomToken, type SessionRowId, sessionRowId } from '../domain/identifiers.ts'
import type { LongestLegs } from '../domain/refresh-lease.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { SEAL_IV_BYTES, seal } from '../domain/sealing.ts'
import {
  firstExpiry,
  type HeldSession,
  type Session,
  type SessionLimits,
  sessionSeal,
} from '../domain/session.ts'
import type { DiscoveredServer, RedeemedCode } from './authorization-server.ts'
import { type SessionView, viewOf } from './check-session.ts'
import { addToIndex, type SessionIndexing } from './index-session.ts'
import type { Call, Clock, Entropy, SessionStore } from './ports.ts'
import { revokeTokens } from './revoke-tokens.ts'

export interface SessionOpening extends SessionIndexing {
  readonly sessions: SessionStore
  readonly clock: Clock
  readonly entropy: Entropy
  readonly limits: SessionLimits
  /** What becomes of a session whose access token cannot be refreshed. */
  readonly withoutRefreshToken: 'until-access-token-expires' | 'until-session-limits'
  readonly visibleClaims: readonly string[]
  readonly longest: LongestLegs
}

export interface SessionOpened {
  /** The value of the session cookie: new at every login. */
  readonly sessionIdentifier: RandomToken
  readonly session: SessionView
}

/** A login that has brought tokens, and is about to become a session. */
export interface FinishedLogin {
  readonly redeemed: RedeemedCode
  /** Epoch milliseconds. */
  readonly begunAt: number
  readonly replaces: readonly SessionRowId[]
}

/**
 * Opens a session for tokens that were verified, then ends the ones it replaces. If it cannot be stored, or a logout
 * has overtaken the login, the tokens are revoked.
 */
export async function openNewSession(
  deps: SessionOpening,
  server: DiscoveredServer,
  login: FinishedLogin,
  call: Call,
): Promise<Result<SessionOpened, Failure>> {
  const held = newSession(deps, server, login)
  const failure = await store(deps, server, held)
  if (failure !== undefined) {
    await revokeTokens(server, login.redeemed.tokens, call)
    return fail(failure)
  }
  await endReplaced(deps, login.replaces, call)
  const session = viewOf(held.row, held.session, deps.visibleClaims)
  return ok({ sessionIdentifier: held.identifier, session })
}

/** Stored first, then indexed: a logout in between finds a mark in the index and refuses what comes late. */
async function store(
  deps: SessionOpening,
  server: DiscoveredServer,
  held: HeldSession,
): Promise<Failure | undefined> {
  const stored = await deps.sessions.create(held.row, deps.entropy.token())
  if (!stored.ok) return stored.failure
  const indexed = await addToIndex(deps, server, held)
  if (indexed.ok && indexed.value) return undefined
  const removed = await deps.sessions.remove(held.row.id)
  if (!indexed.ok) return indexed.failure
  return removed.ok ? { code: 'session-ended' } : removed.failure
}

/**
 * A replaced session that cannot be ended now lives on to its own limits, unreachable from this browser; that is
 * recorded.
 */
async function endReplaced(
  deps: SessionOpening,
  replaced: readonly SessionRowId[],
  call: Call,
): Promise<void> {
  if (call.deadlineAt - deps.clock.milliseconds() < deps.longest.statementMilliseconds) {
    if (replaced.length > 0) call.record({ event: 'session-replacement-failed', cause: causeOf('deadline') })
    return
  }
  for (const removed of await Promise.all(replaced.map(deps.sessions.remove))) {
    if (!removed.ok) call.record({ event: 'session-replacement-failed', cause: removed.failure.cause })
  }
}

function newSession(
  deps: SessionOpening,
  server: DiscoveredServer,
  { redeemed, begunAt }: FinishedLogin,
): HeldSession {
  const identifier = deps.entropy.token()
  const id = sessionRowId(identifier)
  const session: Session = { ...redeemed, issuer: server.issuer, begunAt, openedAt: deps.clock.now() }
  const expiry = firstExpiry(deps.limits, session.openedAt, endOfTokens(deps, session))
  const iv = deps.entropy.bytes(SEAL_IV_BYTES)
  const sealed = seal(identifier, iv, JSON.stringify(session), sessionSeal({ id, ...expiry }))
  return { identifier, session, row: { id, ...expiry, sealed, version: 1 } }
}

/** Without a refresh token a session is worth no more than its access token, unless configured otherwise. */
function endOfTokens({ withoutRefreshToken }: SessionOpening, session: Session): number | undefined {
  const isCapped =
    session.tokens.refreshToken === undefined && withoutRefreshToken === 'until-access-token-expires'
  return isCapped ? Object.values(session.tokens.accessTokens)[0]?.expiresAt : undefined
}
