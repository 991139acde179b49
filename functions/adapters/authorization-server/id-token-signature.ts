import {
  type CompactJWSHeaderParameters,
  type CompactVerifyGetKey,
  compactVerify,
  decodeProtectedHeader,
  errors,
} from 'jose'
import type { IdTokenKeys, KeySet } from './id-token-keys.ts'

export interface SignatureExpectations {
  /** Allow-list. `none` cannot be on it; HMAC is only if configuration put it there. */
  readonly algorithms: readonly string[]
  readonly jwksUri: string
  /** For HMAC algorithms. @see OpenID Connect Core 1.0 section 10.1 */
  readonly clientSecret: () => Promise<string>
  readonly deadlineAt: number
}

/** A key that is needed cannot be had: nothing is known of the token. */
export class KeyUnavailable extends Error {
  override readonly name = 'KeyUnavailable'
}

/**
 * Verifies the signature of an ID token, which TLS to the token endpoint could have stood in for, and answers its
 * protected header. Keys come from the issuer's key set alone: `jku`, `x5u`, `jwk` and `x5c` are not looked at.
 * @throws KeyUnavailable with the reason as `cause`; anything else means that the token is wrong.
 * @see OpenID Connect Core 1.0 section 3.1.3.7
 */
export async function verifySignature(
  idToken: string,
  keys: IdTokenKeys,
  expected: SignatureExpectations,
): Promise<CompactJWSHeaderParameters> {
  const algorithms = [...expected.algorithms]
  if (decodeProtectedHeader(idToken).alg?.startsWith('HS')) {
    const secret = new TextEncoder().encode(await obtained(expected.clientSecret()))
    return (await compactVerify(idToken, secret, { algorithms })).protectedHeader
  }
  const known = await obtained(keys.get(expected.jwksUri, expected.deadlineAt))
  try {
    return await verifyWithAny(idToken, known, algorithms)
  } catch (error) {
    if (!mayBeSignedByNewKey(error)) throw error
    const renewed = await obtained(keys.getAnew(expected.jwksUri, expected.deadlineAt))
    if (renewed === undefined) throw error
    return verifyWithAny(idToken, renewed, algorithms)
  }
}

async function obtained<T>(key: Promise<T>): Promise<T> {
  try {
    return await key
  } catch (cause) {
    throw new KeyUnavailable('A key cannot be had.', { cause })
  }
}

/** Several keys may fit a token that names none, or a set in which one name stands twice. */
async function verifyWithAny(idToken: string, keys: KeySet, algorithms: string[]) {
  try {
    return (await compactVerify(idToken, keys as CompactVerifyGetKey, { algorithms })).protectedHeader
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      const header = await compactVerify(idToken, key, { algorithms }).then(
        (verified) => verified.protectedHeader,
        () => undefined,
      )
      if (header !== undefined) return header
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

function mayBeSignedByNewKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed
}
