import { createHash } from 'node:crypto'
import type { Claims } from './claims.ts'
import { isJsonObject, isJsonWithoutRepetition } from './json-members.ts'

/** An ID token whose signature, `iss`, `exp`, `nbf`, `nonce` and `auth_time` have already been verified. */
export interface VerifiedIdToken {
  readonly algorithm: string
  /** `typ` as it came. */
  readonly type: unknown
  readonly claims: Claims
}

export interface IdTokenExpectations {
  readonly clientId: string
  /** Further audiences that may stand in `aud` beside our own. */
  readonly trustedAudiences: readonly string[]
  readonly accessToken: string
  /** Epoch seconds. */
  readonly now: number
}

export type IdTokenRefusal =
  | 'type-unexpected'
  | 'audience-untrusted'
  | 'authorized-party-unexpected'
  | 'issued-at-implausible'
  | 'subject-invalid'
  | 'access-token-hash-mismatch'

/**
 * Whether a compact JWS can be read in one way only: three segments in canonical base64url, and no member twice in
 * its header or claims.
 * @see RFC 7515 sections 2, 4 and 7.1, RFC 7519 section 4
 */
export function isUnambiguous(jws: string): boolean {
  const segments = jws.split('.')
  if (segments.length !== 3 || !segments.every(isCanonical)) return false
  return segments.slice(0, 2).every((segment) => isJsonWithoutRepetition(decoded(segment)))
}

function isCanonical(segment: string): boolean {
  return Buffer.from(segment, 'base64url').toString('base64url') === segment
}

function decoded(segment: string): string {
  return Buffer.from(segment, 'base64url').toString('utf8')
}

/** The claims of a compact JWS that `isUnambiguous`, as yet unverified. @throws SyntaxError */
export function claimsOf(jws: string): Claims {
  const claims: unknown = JSON.parse(decoded(jws.split('.')[1] ?? ''))
  if (!isJsonObject(claims)) throw new SyntaxError()
  return claims
}

const ISSUED_AHEAD_SECONDS = 60
const ISSUED_AGO_SECONDS = 600
export const SUBJECT_FORM = /^[\x20-\x7e]{1,255}$/

/**
 * The rules of an ID token that the protocol library leaves to the relying party.
 * @returns undefined if all hold, else the first that does not.
 * @see OpenID Connect Core 1.0 sections 2, 3.1.3.7 and 3.1.3.8
 */
export function refuseIdToken(
  token: VerifiedIdToken,
  expected: IdTokenExpectations,
): IdTokenRefusal | undefined {
  const { claims } = token
  if (!isIdTokenType(token)) return 'type-unexpected'
  if (!isTrustedAudience(claims.aud, expected)) return 'audience-untrusted'
  if (!isAuthorizedParty(claims, expected)) return 'authorized-party-unexpected'
  if (!isPlausiblyIssued(claims.iat, expected.now)) return 'issued-at-implausible'
  if (typeof claims.sub !== 'string' || !SUBJECT_FORM.test(claims.sub)) return 'subject-invalid'
  if (!hashMatches(claims.at_hash, token.algorithm, expected.accessToken)) return 'access-token-hash-mismatch'
  return undefined
}

/** Access tokens and logout tokens carry a type or an `events` claim of their own. */
function isIdTokenType({ type, claims }: VerifiedIdToken): boolean {
  const usual = type === undefined || (typeof type === 'string' && type.toUpperCase() === 'JWT')
  return usual && !Object.hasOwn(claims, 'events')
}

export function isTrustedAudience(
  aud: unknown,
  { clientId, trustedAudiences }: Pick<IdTokenExpectations, 'clientId' | 'trustedAudiences'>,
): boolean {
  const audiences = Array.isArray(aud) ? aud : [aud]
  const trusted = [clientId, ...trustedAudiences]
  return audiences.includes(clientId) && audiences.every((audience) => trusted.includes(audience))
}

function isAuthorizedParty({ aud, azp }: Claims, { clientId }: IdTokenExpectations): boolean {
  const several = Array.isArray(aud) && aud.length > 1
  return azp === undefined ? !several : azp === clientId
}

export function isPlausiblyIssued(iat: unknown, now: number): boolean {
  return typeof iat === 'number' && iat <= now + ISSUED_AHEAD_SECONDS && iat >= now - ISSUED_AGO_SECONDS
}

function hashMatches(expected: unknown, algorithm: string, accessToken: string): boolean {
  if (expected === undefined) return true
  const hash = hashOf(algorithm)
  if (hash === undefined) return false
  const digest = createHash(hash).update(accessToken, 'ascii').digest()
  return expected === digest.subarray(0, digest.length / 2).toString('base64url')
}

/** The hash that a signature algorithm names; Ed25519 uses SHA-512. */
function hashOf(algorithm: string): string | undefined {
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return 'sha512'
  const bits = /^(?:RS|PS|ES|HS)(256|384|512)$/.exec(algorithm)?.[1]
  return bits === undefined ? undefined : `sha${bits}`
}

/** What a session remembers of the ID token that it began with. */
export interface OriginalIdToken {
  readonly issuer: string
  readonly subject: string
  readonly claims: Claims
}

/** A claim that must be what it was at the login, and is not. */
export type ClaimChange = `${'iss' | 'sub' | 'aud' | 'azp' | 'auth_time' | 'nonce'}-changed`

/**
 * Whether an ID token that came with a refresh speaks of another login than the session's.
 * @see OpenID Connect Core 1.0 section 12.2
 */
export function claimChanged(claims: Claims, original: OriginalIdToken): ClaimChange | undefined {
  if (claims.iss !== original.issuer) return 'iss-changed'
  if (claims.sub !== original.subject) return 'sub-changed'
  if (!isSameAudience(claims.aud, original.claims.aud)) return 'aud-changed'
  if (claims.nonce !== undefined && claims.nonce !== original.claims.nonce) return 'nonce-changed'
  for (const name of ['azp', 'auth_time'] as const) {
    const areBothThere = claims[name] !== undefined && original.claims[name] !== undefined
    if (areBothThere && claims[name] !== original.claims[name]) return `${name}-changed`
  }
  return undefined
}

const EXPIRED_AGO_SECONDS = 30

/** Whether an ID token that nobody else has checked is past its time. */
export function hasExpired({ exp }: Claims, now: number): boolean {
  return typeof exp !== 'number' || exp <= now - EXPIRED_AGO_SECONDS
}

function isSameAudience(aud: unknown, original: unknown): boolean {
  const [now, before] = [aud, original].map((value) => new Set(Array.isArray(value) ? value : [value]))
  return now?.size === before?.size && [...(now ?? [])].every((audience) => before?.has(audience))
}
