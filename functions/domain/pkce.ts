import { createHash } from 'node:crypto'

/**
 * The S256 code challenge of a code verifier; `plain` does not exist here.
 * @see RFC 7636 section 4.2
 */
export function codeChallengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier, 'ascii').digest('base64url')
}

/**
 * Whether the server can be used with PKCE. A server that does not say passes (many support S256 silently; state
 * and nonce are checked in any case); one that lists methods without S256 does not.
 * @see RFC 9700 section 2.1.1
 */
export function supportsS256(codeChallengeMethodsSupported: readonly string[] | undefined): boolean {
  return codeChallengeMethodsSupported === undefined || codeChallengeMethodsSupported.includes('S256')
}
