import { causeOf } from '../../domain/failure.ts'
import { claimsOf, isUnambiguous } from '../../domain/id-token.ts'
import { type LogoutToken, type LogoutTokenExpectations, readLogoutToken } from '../../domain/logout-token.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import type { LogoutTokenRefusal } from '../../flows/authorization-server.ts'
import { failureOfIdToken } from './failures.ts'
import type { IdTokenKeys } from './id-token-keys.ts'
import { type SignatureExpectations, verifySignature } from './id-token-signature.ts'

/**
 * Verifies a logout token by the rules of ID tokens and those of its own.
 * @see OpenID Connect Back-Channel Logout 1.0 section 2.6
 */
export async function verifyLogoutToken(
  token: string,
  keys: IdTokenKeys,
  signature: SignatureExpectations,
  expected: LogoutTokenExpectations,
): Promise<Result<LogoutToken, LogoutTokenRefusal>> {
  if (!isUnambiguous(token)) return invalid('malformed')
  try {
    const header = await verifySignature(token, keys, signature)
    const read = readLogoutToken(claimsOf(token), header.typ, expected)
    return typeof read === 'string' ? invalid(read) : ok(read)
  } catch (error) {
    const failure = failureOfIdToken(error)
    return failure.code === 'authorization-server-unavailable' ? fail(failure) : invalid(failure.cause)
  }
}

function invalid(word: string): Result<LogoutToken, LogoutTokenRefusal> {
  return fail({ code: 'logout-token-invalid', cause: causeOf(word) })
}
