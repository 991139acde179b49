import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import type { RandomToken } from './identifiers.ts'

/** Where a sealed value belongs. It opens in no other row, for no other purpose and with no other expiry. */
export interface SealContext {
  readonly purpose: 'login-transaction' | 'session'
  readonly rowId: string
  readonly expiresAt: number
}

export const SEAL_IV_BYTES = 12
const FORMAT_VERSION = 1
const TAG_BYTES = 16
const HEADER_BYTES = 1 + SEAL_IV_BYTES

/**
 * Seals text with AES-256-GCM under a key that only the holder of `secret` can derive (HKDF-SHA-256).
 * Layout: format version (1 byte), IV, ciphertext, tag. The IV must be fresh random bytes for every call.
 */
export function seal(secret: RandomToken, iv: Uint8Array, text: string, context: SealContext): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', sealingKey(secret, context), iv)
  cipher.setAAD(associatedData(context))
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([Uint8Array.of(FORMAT_VERSION), iv, ciphertext, cipher.getAuthTag()])
}

/** Opens what `seal` closed, or answers undefined, whatever the reason: the cause must not be an oracle. */
export function unseal(secret: RandomToken, sealed: Uint8Array, context: SealContext): string | undefined {
  if (sealed.length < HEADER_BYTES + TAG_BYTES || sealed[0] !== FORMAT_VERSION) return undefined
  const iv = sealed.subarray(1, HEADER_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(secret, context), iv, {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(associatedData(context))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    const text = decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

function sealingKey(secret: RandomToken, { purpose }: SealContext): Uint8Array {
  const info = `serverless-bff/${purpose}/v${FORMAT_VERSION}`
  return new Uint8Array(hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', info, 32))
}

function associatedData({ purpose, rowId, expiresAt }: SealContext): Uint8Array {
  return Buffer.from(JSON.stringify([FORMAT_VERSION, purpose, rowId, expiresAt]))
}
