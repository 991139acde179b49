import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestBff } from '../../support/bff.ts'
import { isSignedIn, logInAs, sendLogoutToken, startWithBackchannelLogout } from '../../support/logouts.ts'
import { CLIENT } from '../../support/scripted-authorization-server.ts'
import { createSigningKey, type SigningKey } from '../../support/signing-key.ts'
import type { Visitor } from '../../support/visitor.ts'
import { anotherInstance } from '../validation/attempt.ts'
import {
  compactJws,
  hmacSigner,
  type RawSigner,
  rewritten,
  rsaSigner,
  tamperedWith,
  unnamed,
  unsecured,
} from '../validation/signers.ts'

const ON = { BFF_BACKCHANNEL_LOGOUT: 'on' }

let shared: TestBff
let raw: RawSigner
let usual: SigningKey
beforeAll(async () => {
  shared = await startWithBackchannelLogout()
  raw = rsaSigner()
  usual = shared.server.signingKey
})
afterAll(() => shared.server.stop())

// Every test its own instance: wrong signatures use up the budget of asking for keys anew.
let bff: TestBff
let visitor: Visitor
beforeEach(async () => {
  Object.assign(shared.server, { signWith: usual, keys: [usual.publicJwk], scripts: {} })
  bff = await anotherInstance(shared, ON)
  bff.clock.advance(1)
  visitor = await logInAs(bff, { sub: 'user-1' })
})

/** Sends a logout token for the user that is signed so, and tells its status. */
async function send(
  signWith: SigningKey,
  published: readonly SigningKey[] = [signWith],
  at = bff,
  header = {},
) {
  const { server } = shared
  server.keys = published.map(({ publicJwk }) => publicJwk)
  server.signWith = signWith
  const token = await server.logoutToken({ sub: 'user-1' }, header)
  server.signWith = usual
  return (await sendLogoutToken(at, token)).status
}

async function expectRefused(...[signWith, published = [usual, raw], ...more]: Parameters<typeof send>) {
  expect(await send(signWith, published, ...more)).toBe(400)
  expect(await isSignedIn(visitor)).toBe(true)
}

describe('the signature of a logout token', () => {
  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'])(
    'by %s is verified with the keys of the authorization server [LO-10]',
    async (algorithm) => {
      expect(await send(await createSigningKey(algorithm))).toBe(200)
      expect(await isSignedIn(visitor)).toBe(false)
    },
  )

  it.each<[string, (token: string) => string]>([
    ['missing', (token) => `${token.slice(0, token.lastIndexOf('.'))}.`],
    ['cut short', (token) => token.slice(0, -4)],
    ['of another token', (token) => `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(342)}`],
    ['of other claims', (token) => withClaims(token, { sub: 'user-2' })],
  ])('that is %s makes it refused [LO-10]', async (_, tamper) => {
    await expectRefused(tamperedWith(raw, tamper))
  })

  it('by a key of somebody else makes it refused, also under a name of ours [LO-10] [IT-06]', async () => {
    const foreign = await createSigningKey('RS256', String(usual.publicJwk.kid))
    await expectRefused(foreign)
    await expectRefused(unnamed(foreign))
  })

  it('by a key that the token itself brings makes it refused [LO-10] [IT-06]', async () => {
    const foreign = await createSigningKey('RS256', 'foreign')
    for (const header of [{ jwk: foreign.publicJwk }, { jku: 'https://evil.example/jwks' }]) {
      await expectRefused(foreign, [usual], bff, header)
    }
  })

  it.each(['none', 'None', 'NONE', ''])(
    'by the algorithm %j makes it refused [LO-10] [IT-05]',
    async (algorithm) => {
      await expectRefused(unsecured(algorithm))
    },
  )

  it('by HMAC under a public form of our key makes it refused [LO-10] [IT-07]', async () => {
    for (const form of Object.values(raw.publicForms)) await expectRefused(hmacSigner(form), [raw])
  })

  it('by HMAC under the client secret makes it refused unless configured [LO-10] [IT-07]', async () => {
    await expectRefused(hmacSigner(CLIENT.secret))
    const configured = await anotherInstance(shared, { ...ON, BFF_ID_TOKEN_ALGS: 'RS256,HS256' })
    await expectRefused(hmacSigner('another secret'), [usual], configured)
    expect(await send(hmacSigner(CLIENT.secret), [usual], configured)).toBe(200)
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('by an algorithm that is not configured makes it refused [LO-10] [IT-05]', async () => {
    const narrow = await anotherInstance(shared, { ...ON, BFF_ID_TOKEN_ALGS: 'ES256' })
    await expectRefused(usual, [usual], narrow)
    expect(await send(await createSigningKey('ES256'), undefined, narrow)).toBe(200)
  })
})

describe('a logout token', () => {
  it.each<[string, string]>([
    ['an empty text', ''],
    ['a word', 'x'],
    ['two segments', 'e30.e30'],
    ['five segments', 'e30.e30.e30.e30.e30'],
    ['not base64url', 'e30.!!!.AAAA'],
    ['a header that is not JSON', 'AAAA.e30.AAAA'],
    ['a header that is a list', 'W10.e30.AAAA'],
    ['a header without alg', 'e30.e30.AAAA'],
  ])('that is %s is refused [LO-10]', async (_, token) => {
    expect((await sendLogoutToken(bff, token)).status).toBe(400)
  })

  it.each<[string, (parts: { header: string; payload: string }) => [header: string, payload: string]]>([
    ['a claim twice', ({ header, payload }) => [header, payload.replace('{', '{"sub":"user-2",')]],
    ['a header member twice', ({ header, payload }) => [header.replace('{', '{"alg":"none",'), payload]],
    [
      'a critical extension',
      ({ header, payload }) => [header.replace('{', '{"crit":["exp"],"exp":1,'), payload],
    ],
    ['claims that are a list', ({ header, payload }) => [header, `[${payload}]`]],
    ['claims that are not JSON', ({ header }) => [header, 'sub=user-1']],
  ])('with %s is refused though its signature fits [LO-10] [IT-16]', async (_, rewrite) => {
    const signer = rewritten(raw, (parts) => compactJws(...rewrite(parts), raw.signBytes))
    await expectRefused(signer, [raw])
  })

  it('is not an ID token, and an ID token is none [LO-13] [IT-15]', async () => {
    const idToken = shared.server.issuedTokens.findLast((token) => token.startsWith('ey')) ?? ''
    expect((await sendLogoutToken(bff, idToken)).status).toBe(400)
    expect(await isSignedIn(visitor)).toBe(true)
  })
})

function withClaims(token: string, changes: object): string {
  const [header, claims = '', signature] = token.split('.')
  const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), ...changes }
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.')
}
