import fc from 'fast-check'
import { isRandomToken, type RandomToken } from '../../functions/domain/identifiers.ts'

/** The token that these 32 octets make. */
export function tokenOf(octets: Uint8Array): RandomToken {
  const text = Buffer.from(octets).toString('base64url')
  if (!isRandomToken(text)) throw new Error(`32 octets make a token; these are ${octets.length}.`)
  return text
}

/** The token of 32 octets of one value: the same every time, and readable in a table. */
export function tokenOfAll(octet: number): RandomToken {
  return tokenOf(new Uint8Array(32).fill(octet))
}

export const randomTokens = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(tokenOf)
