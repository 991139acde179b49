import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startBff, type TestBff } from '../../support/bff.ts'
import type { ReceivedRequest, ScriptedAnswer } from '../../support/scripted-authorization-server.ts'
import { createSigningKey, type SigningKey } from '../../support/signing-key.ts'
import { anotherInstance, attemptLogin, COMPLETED, type Misbehaviour, refused } from './attempt.ts'
import { tamperedWith, unnamed } from './signers.ts'

const METADATA = '/.well-known/openid-configuration'
const HOUR = 60 * 60
const WRONG = refused(502, 'id-token-invalid', 1)
const NO_KEYS = refused(503, 'authorization-server-unavailable', 1)
const DOWN: Misbehaviour = { scripts: { [METADATA]: () => 'reset', '/jwks': () => 'reset' } }
const KEYS_DOWN: Misbehaviour = { scripts: { '/jwks': () => 'reset' } }

let shared: TestBff
let oldKey: SigningKey
let newKey: SigningKey
beforeAll(async () => {
  shared = await startBff()
  oldKey = await createSigningKey('RS256', 'old')
  newKey = await createSigningKey('RS256', 'new')
})

let bff: TestBff
beforeEach(async () => {
  bff = await anotherInstance(shared)
})

function signedBy(signWith: SigningKey, published: readonly SigningKey[] = [signWith]) {
  return attemptLogin(bff, { signWith, keys: published.map(({ publicJwk }) => publicJwk) })
}

/** How often metadata and keys are asked for while something happens. */
async function fetchesDuring(act: () => Promise<unknown>) {
  const counts = () => [METADATA, '/jwks'].map((path) => shared.server.requestsTo(path).length)
  const [metadata = 0, keys = 0] = counts()
  await act()
  const [metadataAfter = 0, keysAfter = 0] = counts()
  return { metadata: metadataAfter - metadata, keys: keysAfter - keys }
}

async function times(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < count; time += 1) await act()
}

describe('keys that were rotated', () => {
  it('between two logins one second apart let both succeed [MD-06]', async () => {
    expect(await signedBy(oldKey)).toEqual(COMPLETED)
    bff.clock.advance(1)
    const second = async () => expect(await signedBy(newKey)).toEqual(COMPLETED)
    expect(await fetchesDuring(second)).toEqual({ metadata: 0, keys: 1 })
  })

  it('in the same second let both succeed [MD-06]', async () => {
    expect(await signedBy(oldKey)).toEqual(COMPLETED)
    expect(await signedBy(newKey, [oldKey, newKey])).toEqual(COMPLETED)
    expect(await signedBy(oldKey, [oldKey, newKey])).toEqual(COMPLETED)
  })

  it('under the same name, or without one, let both succeed [MD-06] [MD-07]', async () => {
    const sameName = await createSigningKey('RS256', 'old')
    expect(await signedBy(oldKey)).toEqual(COMPLETED)
    expect(await signedBy(sameName)).toEqual(COMPLETED)

    bff = await anotherInstance(shared)
    expect(await signedBy(unnamed(oldKey))).toEqual(COMPLETED)
    expect(await signedBy(unnamed(newKey))).toEqual(COMPLETED)
  })
})

describe('tokens under invented keys', () => {
  const invented = () => {
    const kid = `invented-${Math.random()}`
    const changeIdToken = ({ header }: { header: object }) => void Object.assign(header, { kid })
    return attemptLogin(bff, { signWith: oldKey, keys: [oldKey.publicJwk], changeIdToken })
  }
  const forged = () => {
    const signWith = tamperedWith(oldKey, (token) => `${token.slice(0, -8)}AAAAAAAA`)
    return attemptLogin(bff, { signWith, keys: [oldKey.publicJwk] })
  }

  it.each([
    [100, 'of unknown names', invented],
    [20, 'of known names with wrong signatures', forged],
  ])(
    'in %i logins %s cause six fetches, and one more each minute [MD-06]',
    async (count, _, attempt) => {
      const fetchesIn = async (logins: number) => {
        const { keys } = await fetchesDuring(() =>
          times(logins, async () => expect(await attempt()).toEqual(WRONG)),
        )
        return keys
      }

      expect(await fetchesIn(count)).toBe(6)
      bff.clock.advance(59)
      expect(await fetchesIn(3)).toBe(0)
      bff.clock.advance(1)
      expect(await fetchesIn(3)).toBe(1)
      bff.clock.advance(60)
      expect(await fetchesIn(3)).toBe(1)
    },
    60_000,
  )

  it('do not keep right ones from being accepted, nor for long from a new key [MD-06]', async () => {
    await times(20, invented)
    expect(await signedBy(oldKey)).toEqual(COMPLETED)
    bff.clock.advance(60)
    expect(await signedBy(newKey)).toEqual(COMPLETED)
  })

  it('give the whole budget back after five quiet minutes, and never more [MD-06]', async () => {
    await times(6, invented)
    bff.clock.advance(HOUR)
    // One fetch because the keys are no longer fresh, five out of the budget.
    expect(await fetchesDuring(() => times(10, invented))).toEqual({ metadata: 1, keys: 6 })
  })
})

describe('a key that was withdrawn', () => {
  it('stops working when the copy of the keys expires [MD-10]', async () => {
    expect(await signedBy(oldKey)).toEqual(COMPLETED)
    bff.clock.advance(299)
    expect(await signedBy(oldKey, [newKey])).toEqual(COMPLETED)
    bff.clock.advance(1)
    expect(await signedBy(oldKey, [newKey])).toEqual(WRONG)
  })

  it('stops working as soon as a login under another key made us ask [MD-06] [MD-10]', async () => {
    expect(await signedBy(oldKey)).toEqual(COMPLETED)
    expect(await signedBy(newKey)).toEqual(COMPLETED)
    expect(await signedBy(oldKey, [newKey])).toEqual(WRONG)
  })
})

describe('copies of metadata and keys', () => {
  const login = () => attemptLogin(bff)

  it('are asked for once, whatever the number of logins [MD-05]', async () => {
    expect(await fetchesDuring(() => times(5, login))).toEqual({ metadata: 1, keys: 1 })
  })

  it('are not asked for before a login needs them [MD-05]', async () => {
    const checkSession = () => bff.newVisitor().call('GET', '/bff/session')
    const begin = () => bff.newVisitor().navigate('/bff/login')
    expect(await fetchesDuring(checkSession)).toEqual({ metadata: 0, keys: 0 })
    expect(await fetchesDuring(begin)).toEqual({ metadata: 1, keys: 0 })
  })

  it('are asked for anew after an hour and five minutes [MD-05]', async () => {
    await login()
    bff.clock.advance(299)
    expect(await fetchesDuring(login)).toEqual({ metadata: 0, keys: 0 })
    bff.clock.advance(1)
    expect(await fetchesDuring(login)).toEqual({ metadata: 0, keys: 1 })
    bff.clock.advance(HOUR - 301)
    expect(await fetchesDuring(login)).toEqual({ metadata: 0, keys: 1 })
    bff.clock.advance(1)
    expect(await fetchesDuring(login)).toEqual({ metadata: 1, keys: 0 })
  })

  it.each([301, HOUR + 1, 24 * HOUR - 1])(
    'bridge an outage %i seconds after they were fetched [MD-05]',
    async (age) => {
      expect(await login()).toEqual(COMPLETED)
      bff.clock.advance(age)
      expect(await attemptLogin(bff, DOWN)).toEqual(COMPLETED)
      expect(await attemptLogin(bff, DOWN)).toEqual(COMPLETED)
    },
  )

  it('are not asked for at every login of an outage [MD-05]', async () => {
    await login()
    bff.clock.advance(2 * HOUR)
    const logins = () => times(10, async () => expect(await attemptLogin(bff, DOWN)).toEqual(COMPLETED))
    expect(await fetchesDuring(logins)).toEqual({ metadata: 1, keys: 1 })
  })

  it('of metadata are used for 24 hours and no longer [MD-05]', async () => {
    await login()
    bff.clock.advance(24 * HOUR)
    Object.assign(bff.server, DOWN)
    const visitor = bff.newVisitor()
    const answer = await visitor.callJson('/bff/login', {})
    bff.server.scripts = {}

    expect(answer.json()).toMatchObject({ status: 503, code: 'authorization-server-unavailable' })
    expect(visitor.jar.size).toBe(0)
    expect(await login()).toEqual(COMPLETED)
  })

  it('of keys are used for 24 hours and no longer [MD-05] [MD-10]', async () => {
    await login()
    bff.clock.advance(24 * HOUR - 1)
    expect(await attemptLogin(bff, KEYS_DOWN)).toEqual(COMPLETED)
    bff.clock.advance(1)
    expect(await attemptLogin(bff, KEYS_DOWN)).toEqual(NO_KEYS)
    expect(await login()).toEqual(COMPLETED)
  })
})

describe('keys that cannot be had', () => {
  it('for a token under a new name make the login unavailable, and leave known ones usable [MD-05] [MD-06]', async () => {
    expect(await signedBy(oldKey)).toEqual(COMPLETED)
    expect(await attemptLogin(bff, { ...KEYS_DOWN, signWith: newKey })).toEqual(NO_KEYS)
    expect(await attemptLogin(bff, { ...KEYS_DOWN, signWith: oldKey })).toEqual(COMPLETED)
    bff.clock.advance(30)
    expect(await signedBy(newKey)).toEqual(COMPLETED)
  })

  it.each<[string, (request: ReceivedRequest) => ScriptedAnswer | 'hang' | 'reset']>([
    ['500', () => ({ status: 500, body: { keys: [] } })],
    ['404', () => ({ status: 404, body: '' })],
    ['a page', () => ({ headers: { 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' })],
    ['nothing', () => ({ body: '' })],
    ['null', () => ({ headers: { 'content-type': 'application/json' }, body: 'null' })],
    ['an object without keys', () => ({ body: {} })],
    ['keys that are no list', () => ({ body: { keys: {} } })],
    ['a redirect to the right place', () => ({ status: 302, headers: { location: '/moved' }, body: '' })],
    ['more than 1 MB', () => ({ body: { keys: shared.server.keys, x: 'x'.repeat(1024 * 1024) } })],
    ['a reset', () => 'reset'],
    ['silence', () => 'hang'],
  ])(
    'because the server answers %s make the login unavailable, not the token wrong [MD-05] [TE-12]',
    async (_, script) => {
      bff = await anotherInstance(shared, { BFF_AUTHORIZATION_SERVER_TIMEOUT_MS: '500' })
      const scripts = { '/jwks': script, '/moved': () => ({ body: { keys: shared.server.keys } }) }

      expect(await attemptLogin(bff, { scripts })).toEqual(NO_KEYS)
      expect(shared.server.requestsTo('/moved')).toEqual([])
      expect(await attemptLogin(bff)).toEqual(COMPLETED)
    },
  )
})
