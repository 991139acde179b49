import { describe, expect, it } from 'vitest'
import { sessionRowId } from '../../functions/domain/identifiers.ts'
import { openSession } from '../../functions/domain/session.ts'
import type { SessionStore } from '../../functions/flows/ports.ts'
import { type SignedIn, signIn, tokenOf } from '../support/authorized.ts'
import { startBff } from '../support/bff.ts'

/** The access token lives 300 s: it is due when less than 30 s are left. */
const UNTIL_DUE = 271
const UNTIL_EXPIRED = 300
const LEASE_SECONDS = 18

async function storedRefreshToken({ bff, identifier }: SignedIn): Promise<string | undefined> {
  const found = await bff.deps.sessions.find(sessionRowId(identifier))
  if (!found.ok || found.value === undefined) return undefined
  return openSession(found.value, identifier)?.tokens.refreshToken
}

describe('an access token', () => {
  it('is used as it is until less than a tenth of its life is left, then refreshed on demand', async () => {
    const user = await signIn()
    const first = tokenOf(await user.authorize())
    user.bff.clock.advance(UNTIL_DUE - 1)
    expect(tokenOf(await user.authorize())).toBe(first)
    expect(user.tokenRequests()).toBe(0)
    user.bff.clock.advance(1)
    expect(tokenOf(await user.authorize())).not.toBe(first)
    expect(user.tokenRequests()).toBe(1)
  })

  it('costs one read while it lives, and a refresh two writes more', async () => {
    const user = await signIn()
    user.bff.tables.takeCommands()
    await user.authorize()
    expect(user.bff.tables.takeCommands()).toEqual(['GetItem'])
    user.bff.clock.advance(UNTIL_EXPIRED)
    await user.authorize()
    expect(user.bff.tables.takeCommands()).toEqual(['GetItem', 'UpdateItem', 'UpdateItem', 'UpdateItem'])
  })
})

describe('many requests that need a new access token at once', () => {
  it('cause one token request and use its result, over several instances [RF-04]', async () => {
    const user = await signIn()
    const { server, tables, clock } = user.bff
    const others = await Promise.all([1, 2, 3].map(() => startBff({ server, tables, clock })))
    clock.advance(UNTIL_EXPIRED)

    const instances = [user.bff, ...others]
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) => user.authorize(instances[index % 4]?.deps)),
    )
    expect(new Set(results.map(tokenOf)).size).toBe(1)
    expect(user.tokenRequests()).toBe(1)
    expect(user.events.map(({ event }) => event)).toEqual(['session-refreshed'])
  })

  it('do not wait while the old one lives [RF-04]', async () => {
    const user = await signIn()
    const before = tokenOf(await user.authorize())
    user.bff.clock.advance(UNTIL_DUE)
    let answer = () => {}
    user.bff.server.scripts['/token'] = () =>
      new Promise((resolve) => (answer = () => resolve({ status: 503 })))
    const winner = user.authorize()
    await expect.poll(user.tokenRequests).toBe(1)

    expect(tokenOf(await user.authorize())).toBe(before)
    expect(user.tokenRequests()).toBe(1)
    answer()
    expect(tokenOf(await winner)).toBe(before)
  })
})

describe('the new refresh token', () => {
  it('is stored before the call goes on [RF-02]', async () => {
    const user = await signIn()
    const before = await storedRefreshToken(user)
    user.bff.clock.advance(UNTIL_EXPIRED)
    tokenOf(await user.authorize())
    const after = await storedRefreshToken(user)
    expect(after).not.toBe(before)
    expect(user.bff.server.issuedTokens).toContain(after)
  })

  it('may be none: then the one that was is kept and used again [RF-03]', async () => {
    const user = await signIn()
    user.bff.server.rotatesRefreshTokens = false
    const before = await storedRefreshToken(user)
    for (const round of [1, 2]) {
      user.bff.clock.advance(UNTIL_EXPIRED)
      tokenOf(await user.authorize())
      expect(user.tokenRequests()).toBe(round)
      expect(await storedRefreshToken(user)).toBe(before)
    }
  })

  it('is asked for with client authentication, and without more scope than was granted [RF-01] [RF-05]', async () => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    await user.authorize()
    const [form] = user.bff.server
      .requestsTo('/token')
      .slice(-1)
      .map(({ form }) => form)
    expect([...(form ?? [])].map(([name]) => name).sort()).toEqual([
      'client_id',
      'client_secret',
      'grant_type',
      'refresh_token',
    ])
  })
})

describe('a holder of the lease', () => {
  it('that died is replaced when the lease ends, and not before', async () => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    await takeLeaseAndDie(user)
    const early = await user.authorize(user.bff.deps, 100)
    expect(early).toMatchObject({ ok: false, failure: { code: 'authorization-server-unavailable' } })
    user.bff.clock.advance(LEASE_SECONDS - 1)
    expect((await user.authorize(user.bff.deps, 100)).ok).toBe(false)
    expect(user.tokenRequests()).toBe(0)
    user.bff.clock.advance(1)
    tokenOf(await user.authorize())
    expect(user.tokenRequests()).toBe(1)
  })

  it('that is late may still write while nobody else has', async () => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    user.bff.server.scripts['/token'] = lateBy(user, LEASE_SECONDS + 5)
    const late = await user.authorize()
    expect(await storedRefreshToken(user)).toBe(refreshTokenIn(user))
    expect(tokenOf(late)).toBe(user.bff.server.issuedTokens.at(-3))
  })

  it('that is late never writes over newer tokens: it uses them, and revokes nothing', async () => {
    const user = await signIn()
    user.bff.server.rotatesRefreshTokens = false
    user.bff.clock.advance(UNTIL_EXPIRED)
    const overtaken: string[] = []
    const late = await user.authorize({
      ...user.bff.deps,
      sessions: beforeTokenWrite(user.bff.deps.sessions, async () => {
        user.bff.clock.advance(LEASE_SECONDS)
        overtaken.push(tokenOf(await user.authorize()))
      }),
    })
    expect(tokenOf(late)).toBe(overtaken[0])
    expect(user.bff.server.revoked).toEqual([])
    expect((await user.row())?.version).toEqual({ N: '2' })
    expect(user.events.map(({ event }) => event)).toEqual(['session-refreshed', 'refresh-conflict'])
  })
})

describe('a logout while a refresh is under way', () => {
  it('wins: the row stays gone, and what the refresh got is revoked [RF-12]', async () => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    const outcome = await user.authorize({
      ...user.bff.deps,
      sessions: beforeTokenWrite(user.bff.deps.sessions, async () => {
        expect((await user.visitor.call('POST', '/bff/logout')).status).toBe(200)
      }),
    })
    expect(outcome).toEqual({ ok: false, failure: { code: 'session-required', endedHere: false } })
    expect(await user.row()).toBeUndefined()
    expect(user.bff.server.revoked).toContain(refreshTokenIn(user))
  })
})

/** The refresh token that was issued last: tokens are issued as access, refresh and ID token. */
function refreshTokenIn({ bff }: SignedIn): string | undefined {
  return bff.server.issuedTokens.at(-2)
}

function lateBy({ bff }: SignedIn, seconds: number) {
  const grant = bff.server.standardScript('/token')
  return async (request: Parameters<typeof grant>[0]) => {
    bff.clock.advance(seconds)
    return grant(request)
  }
}

function beforeTokenWrite(sessions: SessionStore, meanwhile: () => Promise<void>): SessionStore {
  return {
    ...sessions,
    async writeTokens(write) {
      await meanwhile()
      return sessions.writeTokens(write)
    },
  }
}

/** What is left of a process that was stopped when it held the lease. */
async function takeLeaseAndDie({ bff, authorize }: SignedIn): Promise<void> {
  const never = new Promise<never>(() => {})
  let leased = () => {}
  const taken = new Promise<void>((resolve) => (leased = resolve))
  const sessions = {
    ...bff.deps.sessions,
    async takeRefreshLease(lease: Parameters<SessionStore['takeRefreshLease']>[0]) {
      await bff.deps.sessions.takeRefreshLease(lease)
      leased()
      return never
    },
  }
  void authorize({ ...bff.deps, sessions })
  await taken
}
