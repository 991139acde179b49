import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  derivedIndexSecret,
  type IndexKey,
  indexKeysOf,
  indexRowId,
  lengthPrefixed,
} from '../../functions/domain/session-index.ts'

const ISSUER = 'https://login.example.com'
const SECRET = 'the secret of a deployment'
const KEY: IndexKey = { kind: 'sub', issuer: ISSUER, value: 'user-1' }

describe('the keys of a session', () => {
  it('are its subject, and its sid if the ID token has one [LO-17]', () => {
    const bySubject = { kind: 'sub', issuer: ISSUER, value: 'user-1' }
    const bySid = { kind: 'sid', issuer: ISSUER, value: 's-1' }
    expect(indexKeysOf(ISSUER, 'user-1', 's-1')).toEqual([bySubject, bySid])
    for (const sid of [undefined, null, 7, ['s-1'], {}]) {
      expect(indexKeysOf(ISSUER, 'user-1', sid)).toEqual([bySubject])
    }
  })
})

describe('the id of an index row', () => {
  it('says its kind and nothing else to whoever lacks the secret [ST-07]', () => {
    expect(indexRowId(SECRET, KEY)).toMatch(/^sub:[A-Za-z0-9_-]{43}$/)
    expect(indexRowId(SECRET, { ...KEY, kind: 'sid' })).toMatch(/^sid:[A-Za-z0-9_-]{43}$/)
    expect(indexRowId('another secret', KEY)).not.toBe(indexRowId(SECRET, KEY))
  })

  it('is the same in every instance and every release, so that a logout finds what a login wrote', () => {
    expect(indexRowId(SECRET, KEY)).toBe('sub:LSgCN0SEjMb6kAYSU2P6e-5pE5aS09Pk363Mpijkmo8')
  })

  it('differs wherever kind, issuer or value differ, and wherever one ends [LO-17]', () => {
    const keys: IndexKey[] = [
      KEY,
      { ...KEY, kind: 'sid' },
      { ...KEY, issuer: `${ISSUER}/` },
      { ...KEY, value: 'User-1' },
      { ...KEY, issuer: `${ISSUER}u`, value: 'ser-1' },
      { ...KEY, issuer: '', value: `${ISSUER}user-1` },
    ]
    const macs = keys.map((key) => indexRowId(SECRET, key).slice(4))
    expect(new Set(macs).size).toBe(keys.length)
  })
})

describe('parts that are joined with their lengths', () => {
  it('become the same octets only if they are the same parts', () => {
    const parts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = Buffer.from(lengthPrefixed(one)).equals(lengthPrefixed(other))
        expect(same).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
    )
  })

  it.each([
    [['ab', 'c'], '0000000261620000000163'],
    [['a', 'bc'], '0000000161000000026263'],
    [['', 'abc'], '0000000000000003616263'],
    [['é'], '00000002c3a9'],
    [[], ''],
  ])('%j are these octets: %s', (parts, octets) => {
    expect(Buffer.from(lengthPrefixed(parts)).toString('hex')).toBe(octets)
  })
})

describe('a secret that is derived from the client secret', () => {
  it('is of 256 bits, is the same every time and does not show the client secret', () => {
    const derived = derivedIndexSecret('a client secret')
    expect(derived).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(derivedIndexSecret('a client secret')).toBe(derived)
    expect(derivedIndexSecret('another client secret')).not.toBe(derived)
  })
})
