import type { RandomToken } from '../../functions/domain/identifiers.ts'
import type { Entropy } from '../../functions/flows/ports.ts'

/** Choices that look random and are the same for the same seed. */
export interface Chance {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number
  happens(probability: number): boolean
  oneOf<T>(all: readonly T[]): T
}

/** The generator mulberry32. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    happens: (probability) => next() < probability,
    oneOf: <T>(all: readonly T[]) => all[below(all.length)] as T,
  }
}

export function entropyFrom(chance: Chance): Entropy {
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => chance.below(256))
  return { bytes, token: () => Buffer.from(bytes(32)).toString('base64url') as RandomToken }
}
