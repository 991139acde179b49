import { describe, expect, it } from 'vitest'
import type { SessionStore } from '../../functions/flows/ports.ts'
import { type SignedIn, signIn, tokenOf } from '../support/authorized.ts'
import type { ScriptedAnswer } from '../support/scripted-authorization-server.ts'

const UNTIL_DUE = 271
const UNTIL_EXPIRED = 300

const answers = (answer: ScriptedAnswer | 'hang' | 'reset') => () => answer
const FAST_TIMEOUT = { BFF_AUTHORIZATION_SERVER_TIMEOUT_MS: '300' }

/** Everything that a token endpoint may answer without having ended the grant. */
const FAILURES: readonly (readonly [string, ScriptedAnswer | 'hang' | 'reset'])[] = [
  ['invalid_client', { status: 401, body: { error: 'invalid_client' } }],
  [
    'invalid_client beside a challenge',
    { status: 401, headers: { 'www-authenticate': 'Basic' }, body: { error: 'invalid_grant' } },
  ],
  ['unauthorized_client', { status: 400, body: { error: 'unauthorized_client' } }],
  ['invalid_request', { status: 400, body: { error: 'invalid_request' } }],
  ['invalid_scope', { status: 400, body: { error: 'invalid_scope' } }],
  ['temporarily_unavailable', { status: 400, body: { error: 'temporarily_unavailable' } }],
  ['a 400 without JSON', { status: 400, body: 'invalid_grant' }],
  ['500', { status: 500, body: { error: 'server_error' } }],
  ['503 that speaks of invalid_grant', { status: 503, body: { error: 'invalid_grant' } }],
  ['429', { status: 429, body: '' }],
  ['a page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>Maintenance</p>' }],
  ['JSON that is no object', { headers: { 'content-type': 'application/json' }, body: 'null' }],
  ['half an answer', { headers: { 'content-type': 'application/json' }, body: '{"access_token":"at-half' }],
  ['no access token', { body: { token_type: 'Bearer', refresh_token: 'rt-new-without-access' } }],
  ['an unknown token type', { body: { access_token: 'at-of-another-kind', token_type: 'mac' } }],
  ['a redirect', { status: 302, headers: { location: '/elsewhere' }, body: '' }],
  ['nothing, for too long', 'hang'],
  ['a reset', 'reset'],
]

describe.each(FAILURES)('a token endpoint that answers %s', (_, answer) => {
  it('ends no session: a live token is used, else the answer is 503 [RF-09] [CA-13]', async () => {
    const user = await signIn({ environment: FAST_TIMEOUT })
    const before = tokenOf(await user.authorize())
    user.bff.server.scripts['/token'] = answers(answer)
    user.bff.clock.advance(UNTIL_DUE)
    expect(tokenOf(await user.authorize())).toBe(before)
    expect(user.events).toMatchObject([{ event: 'refresh-failed' }])

    user.bff.clock.advance(UNTIL_EXPIRED - UNTIL_DUE)
    expect(await user.authorize()).toMatchObject({
      ok: false,
      failure: { code: 'authorization-server-unavailable' },
    })
    user.bff.server.scripts['/token'] = undefined
    user.bff.clock.advance(10)
    expect(tokenOf(await user.authorize())).not.toBe(before)
  })
})

describe('an outage', () => {
  it('is met with back-off: 2 s, doubling to 30 s, whatever number of calls come [RF-09]', async () => {
    const user = await signIn()
    user.bff.server.scripts['/token'] = answers({ status: 503 })
    user.bff.clock.advance(UNTIL_EXPIRED)
    for (const pause of [2, 4, 8, 16, 30, 30]) {
      const before = user.tokenRequests()
      await Promise.all([1, 2, 3].map(() => user.authorize()))
      expect(user.tokenRequests()).toBe(before + 1)
      user.bff.clock.advance(pause - 1)
      expect((await user.authorize()).ok).toBe(false)
      expect(user.tokenRequests()).toBe(before + 1)
      user.bff.clock.advance(1)
    }
  })

  it('that is over leaves no trace of the back-off', async () => {
    const user = await signIn()
    user.bff.server.scripts['/token'] = answers({ status: 503 })
    user.bff.clock.advance(UNTIL_EXPIRED)
    await user.authorize()
    expect(Object.keys((await user.row()) ?? {})).toEqual(
      expect.arrayContaining(['refreshNotBefore', 'refreshFailures']),
    )
    user.bff.server.scripts['/token'] = undefined
    user.bff.clock.advance(2)
    tokenOf(await user.authorize())
    const names = Object.keys((await user.row()) ?? {})
    expect(names.filter((name) => /^(?:refresh|lease)/.test(name))).toEqual([])
  })

  it('of the whole authorization server asks for no token and ends nothing', async () => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    let questions = 0
    const discover = async () => {
      questions += 1
      return UNREACHABLE
    }
    const down = { ...user.bff.deps, authorizationServer: { discover } }
    expect(await user.authorize(down)).toEqual(UNREACHABLE)
    expect(await user.authorize(down)).toMatchObject({ ok: false, failure: { cause: 'backing-off' } })
    expect(questions).toBe(1)
    expect(await user.row()).not.toHaveProperty('refreshLeaseUntil')
    expect(user.events).toEqual([{ event: 'refresh-failed', cause: 'unreachable' }])
    user.bff.clock.advance(2)
    tokenOf(await user.authorize())
  })
})

const UNREACHABLE = {
  ok: false,
  failure: { code: 'authorization-server-unavailable', cause: 'unreachable' },
} as Awaited<ReturnType<SignedIn['bff']['deps']['authorizationServer']['discover']>>

describe('a refresh', () => {
  it('does not start unless it can end before the deadline', async () => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    const LONGEST = 15_000
    expect(await user.authorize(user.bff.deps, LONGEST - 1)).toMatchObject({
      ok: false,
      failure: { cause: 'deadline' },
    })
    expect(user.tokenRequests()).toBe(0)
    expect(await user.row()).not.toHaveProperty('refreshLeaseUntil')
    tokenOf(await user.authorize(user.bff.deps, LONGEST))
  })
})

describe('a store that fails', () => {
  it.each(['takeRefreshLease', 'writeTokens'] as const)('at %s ends no session', async (operation) => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    const failing = { ...user.bff.deps, sessions: failingAt(user, operation, Number.POSITIVE_INFINITY) }
    expect(await user.authorize(failing)).toMatchObject({
      ok: false,
      failure: { code: 'session-unavailable' },
    })
    expect(await user.row()).toBeDefined()
  })

  it('at the write of new tokens is asked again until it takes them', async () => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    const token = tokenOf(
      await user.authorize({ ...user.bff.deps, sessions: failingAt(user, 'writeTokens', 3) }),
    )
    expect(token).toBe(user.bff.server.issuedTokens.at(-3))
    expect(tokenOf(await user.authorize())).toBe(token)
  })

  it('at the write of new tokens, until the deadline, is recorded', async () => {
    const user = await signIn()
    user.bff.clock.advance(UNTIL_EXPIRED)
    await user.authorize({
      ...user.bff.deps,
      sessions: failingAt(user, 'writeTokens', Number.POSITIVE_INFINITY),
    })
    expect(user.events).toEqual([{ event: 'refreshed-tokens-not-stored', cause: 'out-of-order' }])
  })
})

function failingAt(
  { bff }: SignedIn,
  operation: 'takeRefreshLease' | 'writeTokens',
  times: number,
): SessionStore {
  const { sessions } = bff.deps
  let left = times
  return {
    ...sessions,
    [operation]: async (input: never) => {
      left -= 1
      return left >= 0 ? OUT_OF_ORDER : sessions[operation](input)
    },
  }
}

const OUT_OF_ORDER = { ok: false, failure: { code: 'session-unavailable', cause: 'out-of-order' } }
