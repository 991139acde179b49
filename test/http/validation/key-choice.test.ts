import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { startBff, type TestBff } from '../../support/bff.ts'
import { CLIENT } from '../../support/scripted-authorization-server.ts'
import { createSigningKey, type SigningKey } from '../../support/signing-key.ts'
import { anotherInstance, attemptLogin, COMPLETED, refused } from './attempt.ts'
import { hmacSigner, rsaSigner, unnamed } from './signers.ts'

const WRONG = refused(502, 'id-token-invalid', 1)

let shared: TestBff
let rsa: SigningKey
let otherRsa: SigningKey
let ec: SigningKey
beforeAll(async () => {
  shared = await startBff()
  rsa = await createSigningKey('RS256', 'rsa')
  otherRsa = await createSigningKey('RS256', 'other-rsa')
  ec = await createSigningKey('ES256', 'ec')
})

/** A login whose ID token this key signs while the server publishes these. Nothing is known of either before. */
async function attempt(signWith: SigningKey, keys: unknown[], environment = {}) {
  return attemptLogin(await anotherInstance(shared, environment), { signWith, keys })
}

const named = (key: SigningKey, kid: string) => ({ ...key.publicJwk, kid })

describe('an ID token without kid', () => {
  it('is verified by the only key [MD-07]', async () => {
    expect(await attempt(unnamed(rsa), [unnamed(rsa).publicJwk])).toEqual(COMPLETED)
    expect(await attempt(unnamed(rsa), [rsa.publicJwk])).toEqual(COMPLETED)
  })

  it('is verified by the only key that suits its algorithm [MD-07]', async () => {
    expect(await attempt(unnamed(ec), [rsa.publicJwk, ec.publicJwk, otherRsa.publicJwk])).toEqual(COMPLETED)
  })

  it('is verified by whichever of several suitable keys fits, wherever it stands [MD-07]', async () => {
    const third = await createSigningKey('RS256')
    const published = [rsa, otherRsa, third].map(({ publicJwk }) => publicJwk)
    for (const key of [rsa, otherRsa, third])
      expect(await attempt(unnamed(key), published)).toEqual(COMPLETED)
  })

  it('is refused when no key fits [MD-07]', async () => {
    const stranger = unnamed(await createSigningKey('RS256'))
    expect(await attempt(stranger, [rsa.publicJwk])).toEqual(WRONG)
    expect(await attempt(stranger, [rsa.publicJwk, otherRsa.publicJwk])).toEqual(WRONG)
    expect(await attempt(stranger, [ec.publicJwk])).toEqual(WRONG)
    expect(await attempt(stranger, [])).toEqual(WRONG)
  })
})

describe('a kid that stands at several keys', () => {
  it.each<[string, () => object]>([
    ['a key of another type', () => named(ec, 'rsa')],
    ['a key of the same type', () => named(otherRsa, 'rsa')],
    ['a key for encryption', () => ({ ...named(otherRsa, 'rsa'), use: 'enc' })],
    ['a key for another algorithm', () => ({ ...named(otherRsa, 'rsa'), alg: 'RS512' })],
    ['a key that may not verify', () => ({ ...named(otherRsa, 'rsa'), key_ops: ['encrypt'] })],
  ])('leads to the right one beside %s, in either order [MD-08]', async (_, decoy) => {
    expect(await attempt(rsa, [decoy(), rsa.publicJwk])).toEqual(COMPLETED)
    expect(await attempt(rsa, [rsa.publicJwk, decoy()])).toEqual(COMPLETED)
  })

  it('does not make a key of another curve right [MD-08]', async () => {
    const otherCurve = await createSigningKey('ES384', 'ec')
    expect(await attempt(ec, [otherCurve.publicJwk])).toEqual(WRONG)
    expect(await attempt(ec, [otherCurve.publicJwk, ec.publicJwk])).toEqual(COMPLETED)
    expect(await attempt(otherCurve, [ec.publicJwk, otherCurve.publicJwk])).toEqual(COMPLETED)
  })
})

function jwkOf(curve: 'secp256k1' | 'x25519' | 'ed448'): object {
  const { publicKey } =
    curve === 'secp256k1'
      ? generateKeyPairSync('ec', { namedCurve: curve })
      : generateKeyPairSync(curve as 'x25519')
  return publicKey.export({ format: 'jwk' })
}

const ODD: [string, () => unknown][] = [
  ['of the curve secp256k1', () => ({ ...jwkOf('secp256k1'), use: 'sig', kid: 'odd' })],
  ['for key agreement', () => ({ ...jwkOf('x25519'), use: 'enc', kid: 'odd' })],
  ['of the curve Ed448', () => ({ ...jwkOf('ed448'), use: 'sig' })],
  ['for encryption', () => ({ ...otherRsa.publicJwk, use: 'enc' })],
  ['of a type to come', () => ({ kty: 'QUANTUM', q: 'x', kid: 'odd' })],
  ['of a type that is a number', () => ({ kty: 7, kid: 'odd' })],
  ['without a type', () => ({ kid: 'odd' })],
  ['that is empty', () => ({})],
  ['that is null', () => null],
  ['that is a string', () => 'RSA'],
  ['that is a list', () => [rsa.publicJwk]],
  ['that is symmetric', () => ({ kty: 'oct', k: 'c2VjcmV0', kid: 'odd' })],
  ['without its numbers', () => ({ kty: 'RSA', use: 'sig' })],
  ['with broken numbers', () => ({ kty: 'RSA', n: '!!!', e: 'AQAB', use: 'sig' })],
  ['with numbers of another type', () => ({ kty: 'RSA', n: 7, e: ['AQAB'], use: 'sig' })],
  ['that is too short', () => ({ ...rsaSigner(1024, 'odd').publicJwk, use: 'sig' })],
  ['with a kid that is a number', () => ({ ...otherRsa.publicJwk, kid: 7 })],
  ['with key_ops of no sense', () => ({ ...otherRsa.publicJwk, key_ops: 'verify' })],
]

describe('an odd key in the key set', () => {
  it.each(ODD)('%s is skipped and spoils nothing, wherever it stands [MD-09]', async (_, odd) => {
    expect(await attempt(rsa, [odd(), rsa.publicJwk])).toEqual(COMPLETED)
    expect(await attempt(rsa, [rsa.publicJwk, odd()])).toEqual(COMPLETED)
    expect(await attempt(unnamed(rsa), [odd(), rsa.publicJwk])).toEqual(COMPLETED)
  })

  it('does not count among twenty others [MD-09]', async () => {
    expect(await attempt(rsa, [...ODD.map(([, odd]) => odd()), rsa.publicJwk])).toEqual(COMPLETED)
  })

  it('that is symmetric verifies nothing, whether or not HMAC is configured [MD-09] [IT-07]', async () => {
    const secret = Buffer.from('a secret that everybody can read here')
    const symmetric = { kty: 'oct', k: secret.toString('base64url'), kid: 'shared', alg: 'HS256' }
    const signer = { ...hmacSigner(secret), publicJwk: { kid: 'shared' } }

    expect(await attempt(signer, [symmetric])).toEqual(WRONG)
    expect(await attempt(signer, [symmetric], { BFF_ID_TOKEN_ALGS: 'RS256,HS256' })).toEqual(WRONG)
    const ours = { ...hmacSigner(CLIENT.secret), publicJwk: { kid: 'shared' } }
    expect(await attempt(ours, [symmetric], { BFF_ID_TOKEN_ALGS: 'RS256,HS256' })).toEqual(COMPLETED)
  })

  it('that is private verifies nothing: everybody could sign with it [MD-09]', async () => {
    const signer = rsaSigner(2048, 'published')
    expect(await attempt(signer, [{ ...signer.publicJwk, d: 'AQAB' }])).toEqual(WRONG)
    expect(await attempt(signer, [signer.publicJwk])).toEqual(COMPLETED)
  })
})
