import type { Claims } from './claims.ts'
import { isPlausiblyIssued, isTrustedAudience, SUBJECT_FORM } from './id-token.ts'
import { isJsonObject } from './json-members.ts'

/** What a logout token, verified, asks for. */
export interface LogoutToken {
  readonly issuer: string
  readonly jti: string
  /** Epoch seconds: it is of no use to anybody afterwards. */
  readonly expiresAt: number
  /** One session, or all of a subject. */
  readonly target: { readonly kind: 'sid' | 'sub'; readonly value: string }
}

export interface LogoutTokenExpectations {
  readonly issuer: string
  readonly clientId: string
  readonly trustedAudiences: readonly string[]
  /** Whether the explicit type is demanded, which most servers do not send. */
  readonly typ: 'strict' | 'lenient'
  /** Epoch seconds. */
  readonly now: number
}

export type LogoutTokenProblem =
  | 'type-unexpected'
  | 'issuer-unexpected'
  | 'audience-untrusted'
  | 'issued-at-implausible'
  | 'expired'
  | 'not-yet-valid'
  | 'jti-missing'
  | 'events-unexpected'
  | 'nonce-present'
  | 'target-missing'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const CLOCK_TOLERANCE_SECONDS = 30
const LARGEST_IDENTIFIER = 1024

/**
 * Judges the claims of a logout token whose signature was verified.
 * @param type `typ` as it came.
 * @see OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.6
 */
export function readLogoutToken(
  claims: Claims,
  type: unknown,
  expected: LogoutTokenExpectations,
): LogoutToken | LogoutTokenProblem {
  if (!isLogoutTokenType(type, expected.typ)) return 'type-unexpected'
  if (claims.iss !== expected.issuer) return 'issuer-unexpected'
  if (!isTrustedAudience(claims.aud, expected)) return 'audience-untrusted'
  if (!isPlausiblyIssued(claims.iat, expected.now)) return 'issued-at-implausible'
  const { exp, nbf, jti } = claims
  if (typeof exp !== 'number' || !(exp > expected.now - CLOCK_TOLERANCE_SECONDS)) return 'expired'
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= expected.now + CLOCK_TOLERANCE_SECONDS)) {
    return 'not-yet-valid'
  }
  if (!isIdentifier(jti)) return 'jti-missing'
  if (!isLogoutEvent(claims.events)) return 'events-unexpected'
  if (Object.hasOwn(claims, 'nonce')) return 'nonce-present'
  const target = targetOf(claims)
  if (target === undefined) return 'target-missing'
  return { issuer: expected.issuer, jti, expiresAt: Math.ceil(exp) + CLOCK_TOLERANCE_SECONDS, target }
}

function isLogoutTokenType(type: unknown, demanded: 'strict' | 'lenient'): boolean {
  if (type === undefined) return demanded === 'lenient'
  if (typeof type !== 'string') return false
  const name = type.toLowerCase().replace(/^application\//, '')
  return name === 'logout+jwt' || (demanded === 'lenient' && name === 'jwt')
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LARGEST_IDENTIFIER
}

function isLogoutEvent(events: unknown): boolean {
  return isJsonObject(events) && Object.hasOwn(events, EVENT) && isJsonObject(events[EVENT])
}

/** `sid` ends one session; `sub` alone ends all of that subject. One of a wrong form spoils the token. */
function targetOf({ sid, sub }: Claims): LogoutToken['target'] | undefined {
  if (sub !== undefined && !(typeof sub === 'string' && SUBJECT_FORM.test(sub))) return undefined
  if (sid !== undefined) return isIdentifier(sid) ? { kind: 'sid', value: sid } : undefined
  return typeof sub === 'string' ? { kind: 'sub', value: sub } : undefined
}
