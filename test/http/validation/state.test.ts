import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../../support/bff.ts'
import type { Visitor } from '../../support/visitor.ts'
import { COMPLETED, type Misbehaviour, outcomeOf, refused } from './attempt.ts'

const UNKNOWN = refused(400, 'login-transaction-unknown', 0)
const INVALID = refused(400, 'authorization-response-invalid', 0)

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})

function callBack(visitor: Visitor, parameters: { readonly [name: string]: string }, from = visitor) {
  const target = `/bff/callback?${new URLSearchParams(parameters)}`
  return outcomeOf(bff, () => visitor.navigate(target, fromAuthorizationServer(from)))
}

describe('the state of an authorization response', () => {
  it.each<[string, (state: string) => { state?: string }, typeof UNKNOWN]>([
    ['missing', () => ({}), INVALID],
    ['empty', () => ({ state: '' }), INVALID],
    [
      'altered in one character',
      (state) => ({ state: (state.startsWith('A') ? 'B' : 'A') + state.slice(1) }),
      UNKNOWN,
    ],
    ['in another case', (state) => ({ state: swapCase(state) }), UNKNOWN],
    ['cut short', (state) => ({ state: state.slice(0, -1) }), UNKNOWN],
    ['longer by one character', (state) => ({ state: `${state}=` }), UNKNOWN],
    ['longer by a space', (state) => ({ state: ` ${state}` }), UNKNOWN],
    ['random', () => ({ state: 'z'.repeat(43) }), UNKNOWN],
    ['the name of a prototype member', () => ({ state: '__proto__' }), UNKNOWN],
    ['of 8 KB', (state) => ({ state: state.repeat(190) }), UNKNOWN],
  ])('that is %s is refused and uses nothing up [CB-01] [AR-09]', async (_, change, expected) => {
    const visitor = bff.newVisitor()
    const { code, state } = (await beginLogin(bff, visitor)).parameters

    expect(await callBack(visitor, { code, ...change(state) })).toEqual(expected)
    expect(await callBack(visitor, { code, state })).toEqual(COMPLETED)
  })

  it('is opaque: it is random and says nothing of the request [AR-09] [AR-10]', async () => {
    const { state } = await beginLogin(bff, bff.newVisitor(), '?returnTo=/orders&login_hint=user@example.com')
    expect(state).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(Buffer.from(state, 'base64url').toString('latin1')).not.toMatch(/orders|user/)
  })

  it('of a parallel login in the same browser does not take the code of this one [AR-08] [CB-01]', async () => {
    const visitor = bff.newVisitor()
    const one = await beginLogin(bff, visitor)
    const other = await beginLogin(bff, visitor)
    const mixed = await callBack(visitor, { code: one.parameters.code, state: other.state })
    expect(mixed).toEqual(refused(400, 'code-redemption-failed', 1))
  })
})

describe('a callback in a browser that did not begin the login', () => {
  it.each<[string, (thief: Visitor) => Promise<unknown>]>([
    ['has no login under way', async () => {}],
    ['has a login of its own under way', (thief) => beginLogin(bff, thief)],
    [
      'has seven logins of its own under way',
      (thief) =>
        Promise.all(
          Array(7)
            .fill(0)
            .map(() => beginLogin(bff, thief)),
        ),
    ],
  ])('that %s is refused, and spoils nothing for the other [AR-08] [CB-01]', async (_, prepare) => {
    const owner = bff.newVisitor()
    const thief = bff.newVisitor()
    await prepare(thief)
    const { parameters } = await beginLogin(bff, owner)

    expect(await callBack(thief, parameters)).toEqual(UNKNOWN)
    expect(await callBack(owner, parameters)).toEqual(COMPLETED)
  })

  it('that gives its own login cookie the name of the other is refused [AR-08] [CB-01]', async () => {
    const owner = bff.newVisitor()
    const thief = bff.newVisitor()
    const { parameters } = await beginLogin(bff, owner)
    await beginLogin(bff, thief)
    const [name] = [...owner.jar.keys()]
    const [secret] = [...thief.jar.values()]
    const target = `/bff/callback?${new URLSearchParams(parameters)}`
    const forged = { cookies: [`${name}=${secret}`] }

    expect(await outcomeOf(bff, () => thief.navigate(target, forged))).toEqual(UNKNOWN)
    expect(await callBack(owner, parameters)).toEqual(COMPLETED)
  })

  it('that is made to send the callback of the attacker does not get into the attacker’s account [AR-08]', async () => {
    const attacker = bff.newVisitor()
    const victim = bff.newVisitor()
    const { parameters } = await beginLogin(bff, attacker)
    await beginLogin(bff, victim)
    const posted = await outcomeOf(bff, () => victim.callJson('/bff/callback', parameters))

    expect(posted).toEqual(UNKNOWN)
    expect([...victim.jar.keys()].filter((name) => name === '__Host-Http-session')).toEqual([])
  })
})

describe('a login transaction', () => {
  it('lasts ten minutes less one second [AR-29]', async () => {
    const visitor = bff.newVisitor()
    const { parameters } = await beginLogin(bff, visitor)
    bff.clock.advance(599)
    expect(await callBack(visitor, parameters)).toEqual(COMPLETED)
  })

  it.each([600, 601, 86_400])(
    'is over %i seconds after it began, code or error [ST-01] [AR-29]',
    async (seconds) => {
      const visitor = bff.newVisitor()
      const { parameters } = await beginLogin(bff, visitor)
      const denied = await beginLogin(bff, visitor)
      bff.clock.advance(seconds)

      const expired = refused(400, 'login-transaction-expired', 0)
      expect(await callBack(visitor, parameters)).toEqual(expired)
      expect(await callBack(visitor, { error: 'access_denied', state: denied.state })).toEqual(expired)
    },
  )
})

describe('a state whose login went wrong', () => {
  it.each<[string, Misbehaviour, number, string]>([
    [
      'the code was refused',
      { scripts: { '/token': () => ({ status: 400, body: { error: 'invalid_grant' } }) } },
      400,
      'code-redemption-failed',
    ],
    [
      'the client was refused',
      { scripts: { '/token': () => ({ status: 401, body: { error: 'invalid_client' } }) } },
      502,
      'code-redemption-failed',
    ],
    [
      'the token endpoint was in trouble',
      { scripts: { '/token': () => ({ status: 503, body: '' }) } },
      503,
      'authorization-server-unavailable',
    ],
    [
      'the connection broke',
      { scripts: { '/token': () => 'reset' } },
      503,
      'authorization-server-unavailable',
    ],
    [
      'the ID token was wrong',
      { changeIdToken: ({ claims }) => void Object.assign(claims, { nonce: 'x' }) },
      502,
      'id-token-invalid',
    ],
    [
      'the keys could not be had',
      { scripts: { '/jwks': () => ({ status: 500, body: '' }) } },
      503,
      'authorization-server-unavailable',
    ],
  ])(
    'because %s is used up: the code is never sent again [CB-02] [TE-06]',
    async (_, misbehaviour, status, code) => {
      const fresh = await startBff({ tables: bff.tables, clock: bff.clock })
      Object.assign(fresh.server, misbehaviour)
      const visitor = fresh.newVisitor()
      const { callbackTarget } = await beginLogin(fresh, visitor)
      const shown = fromAuthorizationServer(visitor)
      const tryIt = () => outcomeOf(fresh, () => visitor.navigate(callbackTarget, shown))

      expect(await tryIt()).toEqual(refused(status, code, 1))
      expect(visitor.jar.size).toBe(0)
      Object.assign(fresh.server, { scripts: {}, changeIdToken: () => {} })
      expect(await tryIt()).toEqual(refused(400, 'login-transaction-replayed', 0))
    },
  )
})

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
}
