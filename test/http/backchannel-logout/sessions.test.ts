import { beforeEach, describe, expect, it } from 'vitest'
import { logIn, startBff, type TestBff } from '../../support/bff.ts'
import {
  asPerson,
  endByBackchannel,
  isSignedIn,
  logInAs,
  sendLogoutToken,
  startWithBackchannelLogout,
} from '../../support/logouts.ts'
import type { Visitor } from '../../support/visitor.ts'
import { anotherInstance } from '../validation/attempt.ts'
import { expectRefusal, expectSuccess } from './answers.ts'

const ON = { BFF_BACKCHANNEL_LOGOUT: 'on' }

let bff: TestBff
beforeEach(async () => {
  bff = await startWithBackchannelLogout()
})

const signedIn = (...visitors: Visitor[]) => Promise.all(visitors.map(isSignedIn))

/** Two browsers of one user, and one of another who logged in at the same server. */
async function threeBrowsers() {
  return [
    await logInAs(bff, { sub: 'user-1', sid: 'session-1' }),
    await logInAs(bff, { sub: 'user-1', sid: 'session-2' }),
    await logInAs(bff, { sub: 'user-2', sid: 'session-3' }),
  ] as const
}

describe('a logout token', () => {
  it.each([
    ['without the sub', { sid: 'session-1' }],
    ['beside the sub', { sub: 'user-1', sid: 'session-1' }],
  ])('with a sid %s ends that session and no other [LO-17]', async (_, person) => {
    const browsers = await threeBrowsers()
    expectSuccess(await endByBackchannel(bff, person))
    expect(await signedIn(...browsers)).toEqual([false, true, true])
  })

  it('with a sub alone ends all sessions of that user and nobody else [LO-17] [IT-19]', async () => {
    const browsers = await threeBrowsers()
    const withoutSid = await logInAs(bff, { sub: 'user-1' })
    expectSuccess(await endByBackchannel(bff, { sub: 'user-1' }))
    expect(await signedIn(...browsers, withoutSid)).toEqual([false, false, true, false])
  })

  it.each(['User-1', 'user-1 ', 'user', 'session-1'])(
    'for the sub %j ends nothing of user-1 [LO-17]',
    async (sub) => {
      const browsers = await threeBrowsers()
      expectSuccess(await endByBackchannel(bff, { sub }))
      expect(await signedIn(...browsers)).toEqual([true, true, true])
    },
  )

  it('of one server ends nothing of the same user at another that shares the tables [LO-17] [IT-19]', async () => {
    const other = await startBff({ environment: ON, tables: bff.tables, clock: bff.clock })
    const here = await logInAs(bff, { sub: 'user-1', sid: 'session-1' })
    const there = await logInAs(other, { sub: 'user-1', sid: 'session-1' })
    for (const person of [{ sub: 'user-1' }, { sid: 'session-1' }]) await endByBackchannel(other, person)
    expect(await signedIn(here, there)).toEqual([true, false])
    expectRefusal(await sendLogoutToken(bff, await other.server.logoutToken({ sub: 'user-1' })))
    await other.server.stop()
  })

  it('ends 25 sessions of one user, each of them [LO-17]', async () => {
    const browsers: Visitor[] = []
    for (let count = 0; count < 25; count += 1) browsers.push(await logInAs(bff, { sub: 'user-1' }))
    expectSuccess(await endByBackchannel(bff, { sub: 'user-1' }))
    expect(new Set(await signedIn(...browsers))).toEqual(new Set([false]))
    expect(bff.log.at(-26)).toMatchObject({ event: 'backchannel-logout-accepted', sessionsEnded: 25 })
  })

  it('ends the session that a new login left in the place of an old one [LO-17] [SC-10]', async () => {
    const browser = await logInAs(bff, { sub: 'user-1', sid: 'session-1' })
    await asPerson(bff, { sub: 'user-1', sid: 'session-2' }, () => logIn(bff, browser))
    expectSuccess(await endByBackchannel(bff, { sid: 'session-1' }))
    expect(await isSignedIn(browser)).toBe(true)
    expectSuccess(await endByBackchannel(bff, { sid: 'session-2' }))
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('ends sessions in every instance at once, and through any [LO-17] [ST-03]', async () => {
    const browser = await logInAs(bff, { sub: 'user-1' })
    const other = await anotherInstance(bff, ON)
    expectSuccess(await endByBackchannel(other, { sub: 'user-1' }))
    expect(await isSignedIn(browser)).toBe(false)
  })

  it('revokes nothing: the tokens of the sessions are sealed under cookies that it does not have', async () => {
    await logInAs(bff, { sub: 'user-1' })
    await endByBackchannel(bff, { sub: 'user-1' })
    expect(bff.server.requestsTo('/revoke')).toEqual([])
  })

  it('costs one write per step, and a delete per session', async () => {
    await threeBrowsers()
    bff.tables.takeCommands()
    await endByBackchannel(bff, { sub: 'user-1' })
    expect(bff.tables.takeCommands()).toEqual([
      ...['UpdateItem', 'UpdateItem'],
      ...['DeleteItem', 'DeleteItem'],
      ...['UpdateItem', 'UpdateItem'],
    ])
  })
})

describe('a user who is signed out already', () => {
  it.each([{ sub: 'nobody' }, { sid: 'no-session' }])(
    'is a success, but only for a valid token: %j [LO-19]',
    async (person) => {
      expectSuccess(await endByBackchannel(bff, person))
      const wrong = await bff.server.logoutToken({ ...person, aud: 'another-client' })
      expectRefusal(await sendLogoutToken(bff, wrong))
    },
  )

  it('is a success after a logout in the browser as well [LO-19]', async () => {
    const browser = await logInAs(bff, { sub: 'user-1', sid: 'session-1' })
    await browser.call('POST', '/bff/logout')
    expectSuccess(await endByBackchannel(bff, { sid: 'session-1' }))
  })
})

describe('a logout token that comes again', () => {
  it('after the user has logged in again ends nothing [LO-16]', async () => {
    await logInAs(bff, { sub: 'user-1', sid: 'session-1' })
    const token = await bff.server.logoutToken({ sub: 'user-1' })
    expectSuccess(await sendLogoutToken(bff, token))
    bff.clock.advance(1)
    const again = await logInAs(bff, { sub: 'user-1', sid: 'session-1' })
    for (let time = 0; time < 3; time += 1) expectSuccess(await sendLogoutToken(bff, token))
    expect(await isSignedIn(again)).toBe(true)
  })

  it('is done once and costs one write [LO-16]', async () => {
    const token = await bff.server.logoutToken({ sub: 'user-1' })
    await sendLogoutToken(bff, token)
    bff.tables.takeCommands()
    expectSuccess(await sendLogoutToken(bff, token))
    expect(bff.tables.takeCommands()).toEqual(['UpdateItem'])
  })

  it('ten times at once is a success each time [LO-16]', async () => {
    const browsers = await threeBrowsers()
    const token = await bff.server.logoutToken({ sub: 'user-1' })
    const answers = await Promise.all(Array.from({ length: 10 }, () => sendLogoutToken(bff, token)))
    for (const answer of answers) expectSuccess(answer)
    expect(await signedIn(...browsers)).toEqual([false, false, true])
  })

  it('is remembered for as long as it would be accepted, and refused from then on [LO-16]', async () => {
    const token = await bff.server.logoutToken({ sub: 'user-1' })
    expectSuccess(await sendLogoutToken(bff, token))
    bff.clock.advance(149)
    const again = await logInAs(bff, { sub: 'user-1' })
    expectSuccess(await sendLogoutToken(bff, token))
    bff.clock.advance(1)
    expectRefusal(await sendLogoutToken(bff, token))
    expect(await isSignedIn(again)).toBe(true)
  })
})
