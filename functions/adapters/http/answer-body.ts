import { isUtf8 } from 'node:buffer'

/** A body as a gateway carries it: text that is JSON-encoded with the rest of the answer, or base64. */
export interface CarriedBody {
  readonly body: string
  readonly isBase64Encoded: boolean
  /** Octets that it takes of an answer. */
  readonly size: number
}

/** Octets that are UTF-8 survive as text, whatever they mean; all others need base64. The shorter way is taken. */
export function carriedBody(octets: Uint8Array): CarriedBody {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const inBase64 = Math.ceil(buffer.length / 3) * 4
  if (isUtf8(buffer)) {
    const text = buffer.toString('utf8')
    const asText = Buffer.byteLength(JSON.stringify(text)) - 2
    if (asText <= inBase64) return { body: text, isBase64Encoded: false, size: asText }
  }
  return { body: buffer.toString('base64'), isBase64Encoded: true, size: inBase64 }
}
