import { createHash, randomBytes } from 'node:crypto'
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { IdTokenParts } from './scripted-authorization-server.ts'

export interface SigningKey {
  readonly algorithm: string
  readonly publicJwk: JWK
  sign(parts: IdTokenParts, accessToken: string): Promise<string>
}

/** A key pair that signs ID tokens, with the `at_hash` that belongs to its algorithm unless the test set one. */
export async function createSigningKey(
  algorithm: string,
  kid: string | undefined = randomBytes(6).toString('hex'),
) {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const publicJwk: JWK = {
    ...(await exportJWK(publicKey)),
    use: 'sig',
    ...(kid === undefined ? {} : { kid }),
  }
  return {
    algorithm,
    publicJwk,
    sign: ({ header, claims }: IdTokenParts, accessToken: string) =>
      new CompactSign(encoded({ at_hash: accessTokenHash(algorithm, accessToken), ...claims }))
        .setProtectedHeader({ alg: algorithm, ...header })
        .sign(privateKey),
  }
}

export function accessTokenHash(algorithm: string, accessToken: string): string {
  const bits = /^[A-Z]{2}(\d{3})$/.exec(algorithm)?.[1] ?? '512'
  const digest = createHash(`sha${bits}`).update(accessToken).digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

function encoded(claims: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(claims))
}
