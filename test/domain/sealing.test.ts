import { createDecipheriv, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SEAL_IV_BYTES, type SealContext, seal, unseal } from '../../functions/domain/sealing.ts'
import { randomTokens, tokenOfAll } from './random-tokens.ts'

const CONTEXT: SealContext = { purpose: 'session', rowId: 'row-1', expiresAt: 1_800_000_000 }
const SECRET = tokenOfAll(1)
const IV = new Uint8Array(SEAL_IV_BYTES).fill(2)
const TEXT = '{"refreshToken":"r-1","name":"Zoë 🗝"}'
const SEALED = seal(SECRET, IV, TEXT, CONTEXT)

const ivs = fc.uint8Array({ minLength: SEAL_IV_BYTES, maxLength: SEAL_IV_BYTES })
const texts = fc.string({ unit: 'grapheme', maxLength: 300 })
const contexts: fc.Arbitrary<SealContext> = fc.record({
  purpose: fc.constantFrom('session', 'login-transaction'),
  rowId: fc.string(),
  expiresAt: fc.nat(),
})

describe('a sealed value', () => {
  it('opens under its secret in its own row [ST-05]', () => {
    fc.assert(
      fc.property(randomTokens, ivs, texts, contexts, (secret, iv, text, context) => {
        expect(unseal(secret, seal(secret, iv, text, context), context)).toBe(text)
      }),
    )
  })

  it('opens in the form in which a store hands it back, a plain byte array [ST-05]', () => {
    expect(unseal(SECRET, new Uint8Array(SEALED), CONTEXT)).toBe(TEXT)
  })

  it.each<[string, SealContext]>([
    ['another row', { ...CONTEXT, rowId: 'row-2' }],
    ['no row', { ...CONTEXT, rowId: '' }],
    ['another purpose', { ...CONTEXT, purpose: 'login-transaction' }],
    ['a later expiry', { ...CONTEXT, expiresAt: CONTEXT.expiresAt + 1 }],
    ['an earlier expiry', { ...CONTEXT, expiresAt: CONTEXT.expiresAt - 1 }],
    ['no expiry', { ...CONTEXT, expiresAt: Number.POSITIVE_INFINITY }],
  ])('does not open with %s [ST-06]', (_, context) => {
    expect(unseal(SECRET, SEALED, context)).toBeUndefined()
  })

  it('opens in no other context than its own, whatever text a row id has [ST-06]', () => {
    fc.assert(
      fc.property(contexts, contexts, (own, other) => {
        const opened = unseal(SECRET, seal(SECRET, IV, TEXT, own), other)
        const isSame =
          own.purpose === other.purpose && own.rowId === other.rowId && own.expiresAt === other.expiresAt
        expect(opened).toBe(isSame ? TEXT : undefined)
      }),
    )
  })

  it('opens under no other secret [ST-05]', () => {
    fc.assert(
      fc.property(randomTokens, (secret) => {
        expect(unseal(secret, SEALED, CONTEXT)).toBe(secret === SECRET ? TEXT : undefined)
      }),
    )
  })

  it('does not open with any one of its bits flipped, its version and IV included [ST-06]', () => {
    const opened = bitPositions(SEALED).filter((bit) => unseal(SECRET, withFlippedBit(bit), CONTEXT))
    expect(opened).toEqual([])
  })

  it('does not open when cut short at either end, down to nothing [ST-06]', () => {
    const lengths = [...SEALED.keys()]
    const opened = lengths.flatMap((length) => [
      unseal(SECRET, SEALED.subarray(0, length), CONTEXT),
      unseal(SECRET, SEALED.subarray(SEALED.length - length), CONTEXT),
    ])
    expect(opened.filter((text) => text !== undefined)).toEqual([])
  })

  it('does not open when anything is appended [ST-06]', () => {
    expect(unseal(SECRET, Buffer.concat([SEALED, Uint8Array.of(0)]), CONTEXT)).toBeUndefined()
  })

  it('never answers arbitrary bytes with text or an exception [ST-06]', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => unseal(SECRET, bytes, CONTEXT) === undefined),
    )
  })

  it('shows none of its text and nothing of its secret [ST-05]', () => {
    for (const readable of ['refreshToken', 'r-1', SECRET]) {
      expect(Buffer.from(SEALED).includes(readable)).toBe(false)
    }
    expect(Buffer.from(SEALED).includes(Buffer.from(SECRET, 'base64url'))).toBe(false)
  })
})

describe('the layout of a sealed value', () => {
  it('is version 1, IV, ciphertext and a tag of 16 bytes [ST-05]', () => {
    expect(SEALED[0]).toBe(1)
    expect([...SEALED.subarray(1, 13)]).toEqual([...IV])
    expect(SEALED).toHaveLength(1 + 12 + Buffer.byteLength(TEXT) + 16)
  })

  it('is AES-256-GCM under HKDF-SHA-256 of the secret, and can be opened from that description alone [ST-05]', () => {
    const key = hkdfSync('sha256', new Uint8Array(32).fill(1), '', 'serverless-bff/session/v1', 32)
    const decipher = createDecipheriv('aes-256-gcm', new Uint8Array(key), SEALED.subarray(1, 13))
    decipher.setAAD(Buffer.from('[1,"session","row-1",1800000000]'))
    decipher.setAuthTag(SEALED.subarray(-16))
    expect(decipher.update(SEALED.subarray(13, -16), undefined, 'utf8') + decipher.final('utf8')).toBe(TEXT)
  })

  it('depends on the IV alone when all else is equal [ST-05]', () => {
    fc.assert(
      fc.property(ivs, ivs, (one, other) => {
        const same =
          Buffer.compare(seal(SECRET, one, TEXT, CONTEXT), seal(SECRET, other, TEXT, CONTEXT)) === 0
        expect(same).toBe(Buffer.compare(one, other) === 0)
      }),
    )
  })

  it('of a version we do not know is not opened, though all else is sound [ST-06]', () => {
    const newer = Uint8Array.from(SEALED)
    newer[0] = 2
    expect(unseal(SECRET, newer, CONTEXT)).toBeUndefined()
  })
})

function bitPositions(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => bit)
}

function withFlippedBit(bit: number): Uint8Array {
  return SEALED.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
}
