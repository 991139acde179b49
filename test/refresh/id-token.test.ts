import { describe, expect, it } from 'vitest'
import { type SignedIn, signIn, tokenOf } from '../support/authorized.ts'
import type { IdTokenParts } from '../support/scripted-authorization-server.ts'
import { createSigningKey } from '../support/signing-key.ts'

const UNTIL_EXPIRED = 300
const ENDED_HERE = { ok: false, failure: { code: 'session-required', endedHere: true } }

async function refreshedWith(change: (parts: IdTokenParts) => void): Promise<SignedIn> {
  const user = await signIn()
  user.bff.server.changeIdToken = change
  user.bff.clock.advance(UNTIL_EXPIRED)
  return user
}

/** The ID token that a logout would show: the one the session holds. */
async function heldIdToken({ bff, visitor }: SignedIn): Promise<string | null> {
  bff.server.metadata = { end_session_endpoint: `${bff.server.issuer}/end` }
  bff.clock.advance(3600)
  const { logoutUrl } = (await visitor.call('POST', '/bff/logout')).json<{ logoutUrl: string }>()
  return new URL(logoutUrl).searchParams.get('id_token_hint')
}

const WRONG: readonly (readonly [string, (claims: IdTokenParts['claims']) => void])[] = [
  ['another iss', (claims) => (claims.iss = 'https://other.example')],
  ['another sub', (claims) => (claims.sub = 'user-2')],
  ['no sub', (claims) => (claims.sub = undefined)],
  ['another aud', (claims) => (claims.aud = 'another-client')],
  ['one more aud', (claims) => (claims.aud = ['test-client', 'another-client'])],
  ['another azp', (claims) => (claims.azp = 'another-client')],
  ['another auth_time', (claims) => (claims.auth_time = Number(claims.auth_time) + 1)],
  ['another nonce', (claims) => (claims.nonce = 'not-the-one-of-the-login')],
]

/** Nothing of it says that the token is of another login. */
const UNUSABLE: typeof WRONG = [
  ['an iat of long ago', (claims) => (claims.iat = Number(claims.iat) - 601)],
  ['an iat that is ahead of our clock', (claims) => (claims.iat = Number(claims.iat) + 61)],
  ['an exp that has passed', (claims) => (claims.exp = Number(claims.iat) - 31)],
  ['no exp', (claims) => (claims.exp = undefined)],
  ['the hash of another access token', (claims) => (claims.at_hash = 'AAAAAAAAAAAAAAAAAAAAAA')],
  ['the events of a logout token', (claims) => (claims.events = {})],
]

describe('a refreshed ID token', () => {
  it.each(WRONG)(
    'with %s ends the session, revokes what came, and is a security event [RF-06]',
    async (_, change) => {
      const user = await refreshedWith(({ claims }) => change(claims))
      expect(await user.authorize()).toEqual(ENDED_HERE)
      expect(await user.row()).toBeUndefined()
      expect(user.bff.server.revoked).toEqual([user.bff.server.issuedTokens.at(-2)])
      expect(user.events).toMatchObject([{ event: 'refreshed-id-token-wrong' }])
    },
  )

  it.each(UNUSABLE)(
    'with %s is dropped: a clock or a form is no evidence against a session',
    async (_, change) => {
      const user = await refreshedWith(({ claims }) => change(claims))
      const before = user.bff.server.issuedTokens.at(-1)
      tokenOf(await user.authorize())
      expect(user.events.map(({ event }) => event)).toEqual([
        'session-refreshed',
        'refreshed-id-token-dropped',
      ])
      expect(user.bff.server.revoked).toEqual([])
      expect(await heldIdToken(user)).toBe(before)
    },
  )

  it.each([
    ['unsigned', unsigned],
    ['signed by a key that is not the server’s', signedByAnother],
  ])('that is %s ends the session [RF-06] [IT-04]', async (_, spoil) => {
    const user = await signIn()
    await spoil(user)
    user.bff.clock.advance(UNTIL_EXPIRED)
    expect(await user.authorize()).toEqual(ENDED_HERE)
    expect(user.events.at(-1)).toMatchObject({ event: 'refreshed-id-token-wrong' })
  })

  it('that is right takes the place of the one before [RF-06]', async () => {
    const user = await refreshedWith(() => {})
    tokenOf(await user.authorize())
    const issued = user.bff.server.issuedTokens.at(-1)
    expect(await heldIdToken(user)).toBe(issued)
  })

  it('may leave out nonce and auth_time [RF-06]', async () => {
    const user = await refreshedWith(({ claims }) => {
      claims.nonce = undefined
      claims.auth_time = undefined
    })
    tokenOf(await user.authorize())
  })

  it('may be missing: the one before stays [RF-07]', async () => {
    const user = await refreshedWith(() => {})
    const before = user.bff.server.issuedTokens.at(-1)
    user.bff.server.tokenResponse = { id_token: undefined }
    tokenOf(await user.authorize())
    expect(await heldIdToken(user)).toBe(before)
  })

  it.each(['not.a.token', 'encrypted.in.five.parts.here', 17])(
    'that cannot be read, as %j, is dropped and costs nothing',
    async (idToken) => {
      const user = await refreshedWith(() => {})
      const before = user.bff.server.issuedTokens.at(-1)
      user.bff.server.tokenResponse = { id_token: idToken }
      tokenOf(await user.authorize())
      expect(await heldIdToken(user)).toBe(before)
    },
  )

  it('does not change what the application is told of its user', async () => {
    const user = await refreshedWith(({ claims }) => (claims.name = 'Another Name'))
    const before = (await user.visitor.call('GET', '/bff/session')).json<{ claims: object }>().claims
    tokenOf(await user.authorize())
    expect((await user.visitor.call('GET', '/bff/session')).json()).toMatchObject({ claims: before })
  })
})

describe('a refreshed ID token whose key is not at hand', () => {
  it('while the key set cannot be had is dropped: the new refresh token is stored all the same [RF-02]', async () => {
    const user = await signIn()
    const before = user.bff.server.issuedTokens.at(-1)
    await rotateKey(user)
    user.bff.server.scripts['/jwks'] = () => ({ status: 503 })
    user.bff.clock.advance(UNTIL_EXPIRED)
    tokenOf(await user.authorize())
    expect((await user.row())?.version).toEqual({ N: '2' })
    user.bff.clock.advance(UNTIL_EXPIRED)
    user.bff.server.scripts['/jwks'] = undefined
    tokenOf(await user.authorize())
    expect(await heldIdToken(user)).not.toBe(before)
  })

  it('waits until the tokens are stored, before the server is asked for its keys [RF-02]', async () => {
    const user = await signIn()
    await rotateKey(user)
    const order: string[] = []
    user.bff.server.scripts['/jwks'] = async () => {
      order.push(`keys at version ${(await user.row())?.version?.N}`)
      return { body: { keys: [user.bff.server.signWith.publicJwk] } }
    }
    user.bff.clock.advance(UNTIL_EXPIRED - 60)
    const call = await user.authorize()
    if (!call.ok) throw new Error('not authorized')
    await refreshOnRejection(user, order)
    expect(order.at(-1)).toBe('keys at version 2')
  })

  it('and is not in the key set that is fetched, which may lag behind, is dropped [RF-06]', async () => {
    const user = await signIn()
    user.bff.server.signWith = await createSigningKey('RS256')
    const call = await user.authorize()
    if (!call.ok) throw new Error('not authorized')
    tokenOf(await user.reauthorize(call.value))
    expect(user.events).toEqual([
      { event: 'session-refreshed' },
      { event: 'refreshed-id-token-dropped', cause: 'key-unknown' },
    ])
  })

  it('and turns out wrong ends the session after all [RF-06]', async () => {
    const user = await signIn()
    await signedByAnother(user)
    const call = await user.authorize()
    if (!call.ok) throw new Error('not authorized')
    expect(await user.reauthorize(call.value)).toEqual(ENDED_HERE)
    expect(user.events.map(({ event }) => event)).toEqual(['session-refreshed', 'refreshed-id-token-wrong'])
    expect(await user.row()).toBeUndefined()
    expect(user.bff.server.revoked).toEqual([user.bff.server.issuedTokens.at(-2)])
  })

  it('and turns out wrong while the store is down is revoked and told all the same [RF-06]', async () => {
    const user = await signIn()
    await signedByAnother(user)
    const call = await user.authorize()
    if (!call.ok) throw new Error('not authorized')
    user.bff.tables.breakCommand('DeleteItem')
    expect(await user.reauthorize(call.value)).toMatchObject({
      ok: false,
      failure: { code: 'session-unavailable' },
    })
    expect(user.events.map(({ event }) => event)).toContain('refreshed-id-token-wrong')
    expect(user.bff.server.revoked).toEqual([user.bff.server.issuedTokens.at(-2)])
  })
})

/** A refresh while the keys of the login are still fresh, so that they are not fetched before the lease. */
async function refreshOnRejection(user: SignedIn, order: string[]): Promise<void> {
  const call = await user.authorize()
  if (!call.ok) throw new Error('not authorized')
  order.push('refresh')
  tokenOf(await user.reauthorize(call.value))
}

async function rotateKey({ bff }: SignedIn): Promise<void> {
  const key = await createSigningKey('RS256')
  bff.server.signWith = key
  bff.server.keys = [key.publicJwk]
}

async function signedByAnother({ bff }: SignedIn): Promise<void> {
  const key = await createSigningKey('RS256')
  const { kid } = bff.server.signingKey.publicJwk
  bff.server.signWith = { ...key, publicJwk: { ...key.publicJwk, ...(kid === undefined ? {} : { kid }) } }
}

async function unsigned({ bff }: SignedIn): Promise<void> {
  const segment = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  bff.server.signWith = {
    ...bff.server.signWith,
    sign: async ({ header, claims }) => `${segment({ ...header, alg: 'none' })}.${segment(claims)}.`,
  }
}
