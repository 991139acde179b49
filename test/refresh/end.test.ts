import { describe, expect, it } from 'vitest'
import { sessionRowId } from '../../functions/domain/identifiers.ts'
import type { SessionStore } from '../../functions/flows/ports.ts'
import { type SignedIn, signIn, tokenOf } from '../support/authorized.ts'
import { startBff } from '../support/bff.ts'

const UNTIL_DUE = 271
const UNTIL_EXPIRED = 300
const ENDED_HERE = { ok: false, failure: { code: 'session-required', endedHere: true } }
const GONE = { ok: false, failure: { code: 'session-required', endedHere: false } }

const grantEnds = ({ bff }: SignedIn) => {
  bff.server.scripts['/token'] = () => ({ status: 400, body: { error: 'invalid_grant' } })
}

describe('invalid_grant', () => {
  it('ends the session, once, with one event [RF-08] [SC-13]', async () => {
    const user = await signIn()
    grantEnds(user)
    user.bff.clock.advance(UNTIL_EXPIRED)
    expect(await user.authorize()).toEqual(ENDED_HERE)
    expect(await user.row()).toBeUndefined()
    expect(await user.authorize()).toEqual(GONE)
    expect(user.events).toEqual([{ event: 'grant-ended' }])
    expect((await user.visitor.call('GET', '/bff/session')).json()).toEqual({ authenticated: false })
  })

  it('ends it although the old access token still lives [SC-13]', async () => {
    const user = await signIn()
    grantEnds(user)
    user.bff.clock.advance(UNTIL_DUE)
    expect(await user.authorize()).toEqual(ENDED_HERE)
  })

  it('for tokens that are no longer the newest ends nothing: the newer ones are used [RF-08]', async () => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    const newer: string[] = []
    grantEnds(user)
    const late = await user.authorize({
      ...user.bff.deps,
      sessions: beforeRemoval(user.bff.deps.sessions, async () => {
        user.bff.server.scripts['/token'] = undefined
        user.bff.clock.advance(18)
        newer.push(tokenOf(await user.authorize()))
      }),
    })
    expect(tokenOf(late)).toBe(newer[0])
    expect((await user.row())?.version).toEqual({ N: '2' })
  })

  it('is told to the log also when the reply of the removal was lost, and the cookie is left alone', async () => {
    const user = await signIn()
    grantEnds(user)
    user.bff.clock.advance(UNTIL_EXPIRED)
    const { sessions } = user.bff.deps
    const lossy = beforeRemoval(
      sessions,
      async () => void (await sessions.remove(sessionRowId(user.identifier))),
    )
    expect(await user.authorize({ ...user.bff.deps, sessions: lossy })).toEqual(GONE)
    expect(user.events).toEqual([{ event: 'grant-ended' }])
  })

  it('that cannot be acted on, since the store is down, is unavailable and not ended', async () => {
    const user = await signIn()
    grantEnds(user)
    user.bff.clock.advance(UNTIL_EXPIRED)
    user.bff.tables.breakCommand('DeleteItem')
    expect(await user.authorize()).toMatchObject({ ok: false, failure: { code: 'session-unavailable' } })
    expect(await user.row()).toBeDefined()
  })
})

function beforeRemoval(sessions: SessionStore, meanwhile: () => Promise<void>): SessionStore {
  return {
    ...sessions,
    async removeVersion(id, version) {
      await meanwhile()
      return sessions.removeVersion(id, version)
    },
  }
}

describe('a token that an upstream rejected while it lives', () => {
  it('is refreshed at once, and at most once a minute per session [RF-10]', async () => {
    const user = await signIn()
    const first = await user.authorize()
    if (!first.ok) throw new Error('not authorized')
    const second = await user.reauthorize(first.value)
    expect(tokenOf(second)).not.toBe(tokenOf(first))
    if (!second?.ok) throw new Error('not authorized')

    user.bff.clock.advance(59)
    expect(await user.reauthorize(second.value)).toBeUndefined()
    expect(user.tokenRequests()).toBe(1)
    user.bff.clock.advance(1)
    expect(tokenOf(await user.reauthorize(second.value))).not.toBe(tokenOf(second))
    expect(user.tokenRequests()).toBe(2)
  })

  it('is not refreshed if another is stored already: that one is used [RF-10]', async () => {
    const user = await signIn()
    const [one, other] = await Promise.all([user.authorize(), user.authorize()])
    if (!one.ok || !other.ok) throw new Error('not authorized')
    const renewed = tokenOf(await user.reauthorize(one.value))
    expect(tokenOf(await user.reauthorize(other.value))).toBe(renewed)
    expect(user.tokenRequests()).toBe(1)
  })

  it('within a minute of another rejection is replaced by one that was stored meanwhile, if there is one [RF-10]', async () => {
    const user = await signIn()
    const first = await user.authorize()
    if (!first.ok) throw new Error('not authorized')
    const second = await user.reauthorize(first.value)
    if (!second?.ok) throw new Error('not authorized')
    expect(
      tokenOf(
        await user.reauthorize({
          ...second.value,
          held: { ...second.value.held, row: { ...second.value.held.row, version: 1 } },
        }),
      ),
    ).toBe(tokenOf(second))
    expect(await user.reauthorize(second.value)).toBeUndefined()
    expect(user.tokenRequests()).toBe(1)
  })

  it('by many upstreams at once is refreshed once [RF-04] [RF-10]', async () => {
    const user = await signIn()
    const calls = await Promise.all(Array.from({ length: 20 }, () => user.authorize()))
    const again = await Promise.all(calls.map((call) => (call.ok ? user.reauthorize(call.value) : undefined)))
    expect(new Set(again.map(tokenOf)).size).toBe(1)
    expect(user.tokenRequests()).toBe(1)
  })

  it('of unknown lifetime is refreshed then and not before [RF-10]', async () => {
    const user = await signInWithResponse({ expires_in: undefined })
    user.bff.clock.advance(1700)
    const call = await user.authorize()
    expect(user.tokenRequests()).toBe(0)
    if (!call.ok) throw new Error('not authorized')
    tokenOf(await user.reauthorize(call.value))
    expect(user.tokenRequests()).toBe(1)
  })
})

async function signInWithResponse(members: { [name: string]: unknown }, environment = {}): Promise<SignedIn> {
  const { server, clock } = await startBff()
  server.tokenResponse = members
  return signIn({ server, clock, environment })
}

describe('a session without refresh token', () => {
  it('lasts as long as its access token [SC-13]', async () => {
    const user = await signInWithResponse({ refresh_token: undefined })
    const told = (await user.visitor.call('GET', '/bff/session')).json()
    expect(told).toMatchObject({
      expiresAt: user.bff.clock.now() + 300,
      idleExpiresAt: user.bff.clock.now() + 300,
    })
    user.bff.clock.advance(299)
    tokenOf(await user.authorize())
    user.bff.clock.advance(1)
    expect(await user.authorize()).toEqual(GONE)
    expect((await user.visitor.call('GET', '/bff/session')).json()).toEqual({ authenticated: false })
  })

  it('lasts until its limits if so configured, and API calls end sooner [SC-13]', async () => {
    const environment = { BFF_NO_REFRESH_TOKEN: 'until-session-limits' }
    const user = await signInWithResponse({ refresh_token: undefined }, environment)
    user.bff.clock.advance(300)
    expect(await user.authorize()).toEqual({ ok: false, failure: { code: 'access-token-expired' } })
    expect((await user.visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
  })
})

describe('the limits of a session', () => {
  it('are not extended by a refresh [RF-11]', async () => {
    const user = await signIn()
    const endsAt = user.bff.clock.now() + 28_800
    while (user.bff.clock.now() + UNTIL_EXPIRED < endsAt) {
      user.bff.clock.advance(UNTIL_EXPIRED)
      tokenOf(await user.authorize())
      expect((await user.row())?.absoluteExpiresAt).toEqual({ N: String(endsAt) })
    }
    user.bff.clock.advance(endsAt - user.bff.clock.now())
    expect(await user.authorize()).toEqual(GONE)
  })

  it('end it for API calls when it was not used for the idle time, and API calls are use [SC-12]', async () => {
    const user = await signIn()
    for (const _ of [1, 2, 3]) {
      user.bff.clock.advance(1799)
      tokenOf(await user.authorize())
    }
    user.bff.clock.advance(1800)
    expect(await user.authorize()).toEqual(GONE)
  })
})
