import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { causeOf } from '../../functions/domain/failure.ts'
import { randomTokens } from './random-tokens.ts'

describe('the cause of a failure', () => {
  it.each([
    'invalid_grant',
    'claim-nonce',
    'http-5xx',
    'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    'ProvisionedThroughputExceededException',
    'unmet_authentication_requirements',
    'x',
  ])('may be a word of a protocol or of our own: %s [LG-03]', (word) => {
    expect(causeOf(word)).toBe(word)
  })

  it.each([
    ['an end of line', 'invalid_grant\n'],
    ['a forged log line', 'x\r\n{"level":"info"}'],
    ['an escape sequence', '\u001b[31mred'],
    ['a NUL', 'x\u0000'],
    ['a line separator', 'x\u2028y'],
    ['a quote', 'x","admin":"y'],
    ['markup', '<script>alert(1)</script>'],
    ['a sentence', 'The code c-1 was used before.'],
    ['a URL', 'https://as.example.com/?code=c-1'],
    ['a pair', 'code=c-1'],
    ['an address', 'user@example.com'],
    ['letters beyond ASCII', 'ungültig'],
    ['a look-alike', 'invalid_grаnt'],
    ['a lone surrogate', '\ud800'],
    ['an empty text', ''],
    ['more than 42 characters', 'x'.repeat(43)],
    ['a signed token', `eyJhbGciOiJSUzI1NiJ9.${'e'.repeat(60)}.${'s'.repeat(86)}`],
  ])('never lets %s into the log [LG-04] [CB-12]', (_, text) => {
    expect(causeOf(text)).toBe('unrecognized')
  })

  it.each([
    ['an absent value', undefined],
    ['null', null],
    ['a number', 1],
    ['an error', new Error('invalid_grant')],
    ['a list of one word', ['invalid_grant']],
    ['an object that turns into a word', { toString: () => 'invalid_grant' }],
    ['a String object', Object('invalid_grant')],
  ])('is made of text alone: %s is not looked at [LG-01]', (_, value) => {
    expect(causeOf(value)).toBe('unrecognized')
  })

  it('is a short word or says that it was not understood, whatever text comes in [LG-04]', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[A-Za-z0-9._-]{1,80}$/))
    fc.assert(
      fc.property(texts, (text) => {
        const cause: string = causeOf(text)
        return cause === 'unrecognized' || (cause === text && /^[A-Za-z0-9._-]{1,42}$/.test(cause))
      }),
      { numRuns: 1000 },
    )
  })

  it('is never one of our own random tokens: a state, nonce, verifier or cookie that came back to us [LG-01]', () => {
    fc.assert(fc.property(randomTokens, (token) => causeOf(token) === 'unrecognized'))
  })
})
