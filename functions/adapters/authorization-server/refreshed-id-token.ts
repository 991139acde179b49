import { decodeProtectedHeader, errors } from 'jose'
import { causeOf } from '../../domain/failure.ts'
import {
  claimChanged,
  claimsOf,
  hasExpired,
  type IdTokenRefusal,
  isUnambiguous,
  refuseIdToken,
} from '../../domain/id-token.ts'
import type { Session } from '../../domain/session.ts'
import type { IdTokenObjection } from '../../flows/authorization-server.ts'
import { failureOfIdToken } from './failures.ts'
import type { IdTokenKeys } from './id-token-keys.ts'
import { KeyUnavailable, verifySignature } from './id-token-signature.ts'

export interface RefreshedIdToken {
  readonly idToken: string
  /** The access token that came with it. */
  readonly accessToken: string
  readonly session: Session
}

export interface IdTokenJudgement {
  readonly keys: IdTokenKeys
  readonly jwksUri: string
  readonly deadlineAt: number
  readonly rules: {
    readonly clientId: string
    readonly clientSecret: () => Promise<string>
    readonly idTokenAlgorithms: readonly string[]
    readonly trustedAudiences: readonly string[]
    readonly now: number
  }
}

/** Its key is not among those that could be had. */
export const KEY_UNKNOWN = causeOf('key-unknown')

/**
 * What stands against a refreshed ID token. Only what shows that it is of another login is *wrong*: a clock that is
 * off, a key set that lags behind or a form that we cannot read is no evidence against a session.
 * @returns undefined if it may take the place of the one before.
 * @see OpenID Connect Core 1.0 section 12.2
 */
export async function objectionTo(
  { idToken, accessToken, session }: RefreshedIdToken,
  { rules, keys, jwksUri, deadlineAt }: IdTokenJudgement,
): Promise<IdTokenObjection | undefined> {
  try {
    if (!isUnambiguous(idToken)) return unusable('malformed')
    const claims = claimsOf(idToken)
    const change = claimChanged(claims, session)
    if (change !== undefined) return { kind: 'wrong', cause: causeOf(change) }
    if (hasExpired(claims, rules.now)) return unusable('expired')
    const { alg: algorithm = '', typ: type } = decodeProtectedHeader(idToken)
    const refusal = refuseIdToken({ algorithm, type, claims }, { ...rules, accessToken })
    if (refusal !== undefined) {
      return { kind: SAYS_FOR_WHOM.includes(refusal) ? 'wrong' : 'unusable', cause: causeOf(refusal) }
    }
  } catch {
    return unusable('malformed')
  }
  const { idTokenAlgorithms: algorithms, clientSecret } = rules
  return verifySignature(idToken, keys, { algorithms, jwksUri, clientSecret, deadlineAt }).then(
    () => undefined,
    (error) => objectionBy(error, idToken),
  )
}

const SAYS_FOR_WHOM: readonly IdTokenRefusal[] = [
  'audience-untrusted',
  'authorized-party-unexpected',
  'subject-invalid',
]

function objectionBy(error: unknown, idToken: string): IdTokenObjection {
  const isKeyUnknown = error instanceof KeyUnavailable || error instanceof errors.JWKSNoMatchingKey
  if (isKeyUnknown || isOfChangedSecret(error, idToken)) return { kind: 'unusable', cause: KEY_UNKNOWN }
  return { kind: 'wrong', cause: failureOfIdToken(error).cause }
}

/** By HMAC the key is the client secret, of which we may hold the one before for some minutes. */
function isOfChangedSecret(error: unknown, idToken: string): boolean {
  const { alg = '' } = decodeProtectedHeader(idToken)
  return error instanceof errors.JWSSignatureVerificationFailed && alg.startsWith('HS')
}

function unusable(word: string): IdTokenObjection {
  return { kind: 'unusable', cause: causeOf(word) }
}

/** A budget that is used up says nothing of the token. */
export function insistent(keys: IdTokenKeys): IdTokenKeys {
  return {
    ...keys,
    getAnew: async (jwksUri, deadlineAt) => {
      const renewed = await keys.getAnew(jwksUri, deadlineAt)
      if (renewed === undefined) throw new errors.JWKSTimeout()
      return renewed
    },
  }
}
