import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { logIn, startBff, type TestBff } from '../../support/bff.ts'
import { isSignedIn, sendLogoutToken, startWithBackchannelLogout } from '../../support/logouts.ts'
import { createSigningKey, type SigningKey } from '../../support/signing-key.ts'
import { anotherInstance } from '../validation/attempt.ts'

const ON = { BFF_BACKCHANNEL_LOGOUT: 'on' }

let shared: TestBff
let usual: SigningKey
beforeAll(async () => {
  shared = await startWithBackchannelLogout()
  usual = shared.server.signingKey
})
afterAll(() => shared.server.stop())

// Every test its own instance: unknown keys use up the budget of asking for them. The login fills its copy of the keys.
let bff: TestBff
beforeEach(async () => {
  Object.assign(shared.server, { signWith: usual, keys: [usual.publicJwk], scripts: {} })
  bff = await anotherInstance(shared, ON)
  await logIn(bff, bff.newVisitor())
})

/** Sends a logout token that is signed by this key, the only one that the server then publishes, and tells its status. */
async function sendSignedBy(key: SigningKey): Promise<number> {
  Object.assign(shared.server, { signWith: key, keys: [key.publicJwk] })
  const token = await shared.server.logoutToken({ sub: 'nobody' })
  return (await sendLogoutToken(bff, token)).status
}

const keyFetches = () => shared.server.requestsTo('/jwks').length

describe('a key of the authorization server', () => {
  it('that was rotated is asked for at once, once [LO-10] [MD-06]', async () => {
    const newKey = await createSigningKey('RS256', 'new')
    const before = keyFetches()
    expect(await sendSignedBy(newKey)).toBe(200)
    expect(keyFetches()).toBe(before + 1)
    expect(await sendSignedBy(newKey)).toBe(200)
    expect(keyFetches()).toBe(before + 1)
  })

  it('is asked for by 100 invented names five times, and once more each minute [LO-10] [MD-06]', async () => {
    const before = keyFetches()
    const invented = (count: number) => inventedTokens(bff, count)
    await invented(100)
    expect(keyFetches()).toBe(before + 5)
    bff.clock.advance(60)
    await invented(5)
    expect(keyFetches()).toBe(before + 6)
  })

  it('that was rotated is found by a login though invented logout tokens have used up their budget [LO-10]', async () => {
    await inventedTokens(bff, 20)
    const newKey = await createSigningKey('RS256', 'new')
    Object.assign(shared.server, { signWith: newKey, keys: [newKey.publicJwk] })
    const browser = bff.newVisitor()
    expect((await logIn(bff, browser)).status).toBe(303)
    expect(await isSignedIn(browser)).toBe(true)
  })

  it('that was rotated is found by a logout token though wrong ID tokens have used up their budget [LO-10]', async () => {
    shared.server.changeIdToken = ({ header }) => Object.assign(header, { kid: 'invented' })
    for (let time = 0; time < 7; time += 1) await logIn(bff, bff.newVisitor())
    shared.server.changeIdToken = () => {}
    expect(await sendSignedBy(await createSigningKey('RS256', 'new'))).toBe(200)
  })

  it('that cannot be had makes a logout token refused, and leaves known keys usable [LO-10] [MD-05]', async () => {
    shared.server.scripts['/jwks'] = () => 'reset'
    const newKey = await createSigningKey('RS256', 'new')
    expect(await sendSignedBy(newKey)).toBe(400)
    expect(await sendSignedBy(usual)).toBe(200)
  })

  it('is not asked for by an instance that was just started more than once for many tokens at once', async () => {
    const fresh = await startBff({ ...shared, environment: ON })
    const before = keyFetches()
    const tokens = await Promise.all(
      Array.from({ length: 10 }, () => shared.server.logoutToken({ sub: 'nobody' })),
    )
    const answers = await Promise.all(tokens.map((token) => sendLogoutToken(fresh, token)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(keyFetches()).toBe(before + 1)
  })
})

async function inventedTokens(at: TestBff, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const token = await shared.server.logoutToken({ sub: 'user-1' }, { kid: `invented-${number}` })
    expect((await sendLogoutToken(at, token)).status).toBe(400)
  }
}
