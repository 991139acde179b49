import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { IdTokenParts } from '../../support/scripted-authorization-server.ts'
import type { SigningKey } from '../../support/signing-key.ts'

/** A key that signs whatever bytes it is given, for tokens that no library would make. */
export interface RawSigner extends SigningKey {
  signBytes(input: string): Buffer
  /** The public key in the forms that an attacker would try as an HMAC secret. */
  readonly publicForms: { readonly [form: string]: string | Buffer }
}

export function rsaSigner(modulusLength = 2048, kid = 'raw-rsa'): RawSigner {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
  const jwk = publicKey.export({ format: 'jwk' })
  const signBytes = (input: string) => sign('sha256', Buffer.from(input), privateKey)
  return {
    ...signerOf('RS256', signBytes),
    publicJwk: { ...jwk, use: 'sig', kid },
    signBytes,
    publicForms: {
      'the PEM text': publicKey.export({ format: 'pem', type: 'spki' }),
      'the PEM text of PKCS #1': publicKey.export({ format: 'pem', type: 'pkcs1' }),
      'the DER bytes': publicKey.export({ format: 'der', type: 'spki' }),
      'the JWK': JSON.stringify(jwk),
      'the modulus': Buffer.from(String(jwk.n), 'base64url'),
    },
  }
}

export function hmacSigner(secret: string | Buffer, algorithm = 'HS256'): SigningKey {
  const hash = algorithm.replace('HS', 'sha')
  return signerOf(algorithm, (input) => createHmac(hash, secret).update(input).digest())
}

/** No signature at all, under any spelling of `none`. */
export function unsecured(algorithm: string): SigningKey {
  return signerOf(algorithm, () => Buffer.alloc(0))
}

/** The same key, but neither the token nor the key set gives it a name. */
export function unnamed(signer: SigningKey): SigningKey {
  const { kid: _, ...publicJwk } = signer.publicJwk
  return { ...signer, publicJwk }
}

/** Signs with one key, and then does something to the token. */
export function tamperedWith(signer: SigningKey, tamper: (token: string) => string): SigningKey {
  return { ...signer, sign: async (parts, accessToken) => tamper(await signer.sign(parts, accessToken)) }
}

/** Signs texts of the test's own making instead of the header and claims. */
export function rewritten(
  signer: RawSigner,
  rewrite: (parts: { readonly header: string; readonly payload: string }) => string,
): SigningKey {
  return {
    ...signer,
    sign: async ({ header, claims }) =>
      rewrite({ header: JSON.stringify(header), payload: JSON.stringify(claims) }),
  }
}

export function compactJws(header: string, payload: string, signBytes: (input: string) => Buffer): string {
  return withSignature(`${encoded(header)}.${encoded(payload)}`, signBytes)
}

export function withSignature(input: string, signBytes: (input: string) => Buffer): string {
  return `${input}.${signBytes(input).toString('base64url')}`
}

export function encoded(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function signerOf(algorithm: string, signBytes: (input: string) => Buffer): SigningKey {
  return {
    algorithm,
    publicJwk: {},
    sign: async ({ header, claims }: IdTokenParts) =>
      compactJws(JSON.stringify(header), JSON.stringify(claims), signBytes),
  }
}
