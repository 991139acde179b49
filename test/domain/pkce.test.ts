import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeChallengeOf, supportsS256 } from '../../functions/domain/pkce.ts'
import { randomTokens } from './random-tokens.ts'

describe('the code challenge', () => {
  it('is that of RFC 7636 appendix B for its verifier [AR-05]', () => {
    const challenge = codeChallengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')
    expect(challenge).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })

  it('is the unpadded base64url of a SHA-256 for every verifier [AR-05]', async () => {
    await fc.assert(
      fc.asyncProperty(randomTokens, async (verifier) => {
        const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
        const padded = btoa(String.fromCharCode(...new Uint8Array(digest)))
        expect(codeChallengeOf(verifier)).toBe(
          padded.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
        )
      }),
    )
  })

  it('never is the verifier itself, as `plain` would have it [AR-06]', () => {
    fc.assert(fc.property(randomTokens, (verifier) => codeChallengeOf(verifier) !== verifier))
  })
})

describe('an authorization server', () => {
  it.each([[['S256']], [['plain', 'S256']], [['S256', 'plain', 'something-new']]])(
    'is used when it lists S256: %j [AR-05]',
    (methods) => {
      expect(supportsS256(methods)).toBe(true)
    },
  )

  it('is used when it does not say which methods it supports [AR-07]', () => {
    expect(supportsS256(undefined)).toBe(true)
  })

  it.each([[['plain']], [[]], [['s256']], [['S256 plain']], [['plain', 'S512']]])(
    'is refused when it lists methods without S256: %j [AR-06]',
    (methods) => {
      expect(supportsS256(methods)).toBe(false)
    },
  )
})
