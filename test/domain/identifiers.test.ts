import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  browserBinding,
  isRandomToken,
  loginCookieSuffix,
  loginTransactionId,
  sessionRowId,
} from '../../functions/domain/identifiers.ts'
import { randomTokens, tokenOfAll } from './random-tokens.ts'

/** SHA-256 of "abc", from FIPS 180-2 appendix B.1, in base64url. */
const SHA256_OF_ABC = 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'

describe('a random token', () => {
  it('of 32 octets has the form of a code verifier, whatever the octets [AR-03]', () => {
    fc.assert(
      fc.property(randomTokens, (token) => /^[A-Za-z0-9\-._~]{43,128}$/.test(token)),
      { numRuns: 10_000 },
    )
  })

  it('of 32 octets has a length that a nonce may have, and carries 256 bits [AR-12] [AR-04]', () => {
    fc.assert(
      fc.property(randomTokens, (token) => {
        expect(token.length).toBeLessThanOrEqual(64)
        expect(Buffer.from(token, 'base64url')).toHaveLength(32)
      }),
    )
  })

  const token = tokenOfAll(7)
  it.each([
    ['the empty text', ''],
    ['one character less', token.slice(1)],
    ['one character more', `${token}A`],
    ['padding', `${token.slice(1)}=`],
    ['the standard alphabet', `${token.slice(1)}+`],
    ['a line end after it', `${token}\n`],
    ['white space around it', ` ${token.slice(2)} `],
    ['a UUID, which has too few random bits', '8c0b9f1e-5d4a-4f6b-9a53-3a1c2f0e7b1d'],
    ['a letter that only looks the part', `${token.slice(1)}А`],
  ])('is told from %s [SC-08]', (_, text) => {
    expect(isRandomToken(text)).toBe(false)
  })
})

describe('the key of a row', () => {
  it('of a login transaction is the SHA-256 of its state [AR-09]', () => {
    expect(loginTransactionId('abc')).toBe(SHA256_OF_ABC)
  })

  it('of a session is the SHA-256 of the session identifier, which it does not show [ST-04]', () => {
    const identifier = tokenOfAll(0)
    expect(sessionRowId(identifier)).toBe('DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo')
    expect(sessionRowId(identifier)).not.toContain(identifier)
  })

  it('differs between any two sessions [ST-04]', () => {
    fc.assert(
      fc.property(randomTokens, randomTokens, (one, other) => {
        fc.pre(one !== other)
        expect(sessionRowId(one)).not.toBe(sessionRowId(other))
      }),
    )
  })
})

describe('the browser binding', () => {
  it('is not what another use of the same secret would store [AR-08]', () => {
    fc.assert(
      fc.property(randomTokens, (secret) => {
        expect([secret, sessionRowId(secret), loginTransactionId(secret)]).not.toContain(
          browserBinding(secret),
        )
      }),
    )
  })

  it('belongs to one login cookie alone [AR-08]', () => {
    fc.assert(
      fc.property(randomTokens, randomTokens, (one, other) => {
        expect(browserBinding(one) === browserBinding(other)).toBe(one === other)
      }),
    )
  })
})

describe('the name of a login cookie', () => {
  it('ends on the first 8 characters of the hash of the state, so parallel logins differ [AR-29]', () => {
    expect(loginCookieSuffix(loginTransactionId('abc'))).toBe('ungWv48B')
    expect(loginCookieSuffix(loginTransactionId('abd'))).not.toBe('ungWv48B')
  })

  it('is made of characters that a cookie name may have [SC-05]', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (state) =>
        /^[A-Za-z0-9_-]{8}$/.test(loginCookieSuffix(loginTransactionId(state))),
      ),
    )
  })
})
