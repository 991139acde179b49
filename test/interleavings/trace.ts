import type { Fate } from './scheduler.ts'

const NUMBERS = new Map<string, number>()

/** What happened, in order: names of operations, and nothing that they carried. */
export class Trace {
  readonly #notes: (readonly [who: string, what: string, fate: Fate])[] = []
  #high = 0x811c9dc5
  #low = 0xdeadbeef

  note(who: string, what: string, fate: Fate): void {
    this.#notes.push([who, what, fate])
    for (const word of [who, what, fate]) this.#mix(numberOf(word))
  }

  /** Tells interleavings apart. */
  get hash(): number {
    return this.#high * 2 ** 21 + (this.#low & 0x1fffff)
  }

  toString(): string {
    return this.#notes
      .map(([who, what, fate]) => `  ${who.padEnd(17)} ${what}${fate === 'done' ? '' : ` — ${fate}`}`)
      .join('\n')
  }

  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x01000193) >>> 0
    this.#low = Math.imul((this.#low << 5) ^ (this.#low >>> 3) ^ word, 0x85ebca6b) >>> 0
  }
}

function numberOf(word: string): number {
  const number = NUMBERS.get(word) ?? NUMBERS.size + 1
  NUMBERS.set(word, number)
  return number
}
