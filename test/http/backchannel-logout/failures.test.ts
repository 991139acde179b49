import { beforeEach, describe, expect, it } from 'vitest'
import type { TestBff } from '../../support/bff.ts'
import {
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
const PERSON = { sub: 'user-1', sid: 'session-1' }

let bff: TestBff
let visitor: Visitor
let token: string
beforeEach(async () => {
  bff = await startWithBackchannelLogout()
  visitor = await logInAs(bff, PERSON)
  bff.clock.advance(1)
  token = await bff.server.logoutToken({ sub: PERSON.sub })
})

/** What happens to the next statements, one after the other. */
function nextStatements(...treatments: ('works' | 'fails' | 'works, unheard')[]): void {
  bff.tables.client.middlewareStack.add(
    (next) => async (args) => {
      const treatment = treatments.shift() ?? 'works'
      if (treatment === 'fails') throw new Error('out of order')
      const output = await next(args)
      if (treatment === 'works, unheard') throw new Error('no answer')
      return output
    },
    { step: 'initialize' },
  )
}

const progressOf = async () => {
  const rows = await bff.tables.items(bff.tables.loginTable)
  return rows.find(({ id }) => id?.S?.startsWith('jti:'))?.progress?.S
}

// In their order: the token has come, its subject's sessions are ended, the one there is is deleted, and forgotten, done.
const STEPS = ['arrival', 'end', 'removal', 'forgetting', 'completion']
const NEEDED = STEPS.filter((step) => step !== 'forgetting')

describe('a logout whose work fails', () => {
  it.each(NEEDED)('at its %s is not taken for done: the repeat finishes it [LO-16] [LO-18]', async (step) => {
    nextStatements(...STEPS.slice(0, STEPS.indexOf(step)).map(() => 'works' as const), 'fails')
    expectRefusal(await sendLogoutToken(bff, token))
    expect(await progressOf()).toBe(step === 'arrival' ? undefined : 'pending')

    expectSuccess(await sendLogoutToken(bff, token))
    expect(await progressOf()).toBe('done')
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it.each(STEPS)('to hear of its %s is finished by the repeat as well [LO-16] [LO-18]', async (step) => {
    nextStatements(...STEPS.slice(0, STEPS.indexOf(step)).map(() => 'works' as const), 'works, unheard')
    await sendLogoutToken(bff, token)
    expectSuccess(await sendLogoutToken(bff, token))
    expect(await progressOf()).toBe('done')
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('only to forget the sessions that are gone is done all the same, and the log says so', async () => {
    nextStatements('works', 'works', 'works', 'fails')
    expectSuccess(await sendLogoutToken(bff, token))
    expect(await isSignedIn(visitor)).toBe(false)
    expect(bff.log.map(({ event }) => event)).toContain('session-index-not-updated')
  })

  it('counts from its first arrival, whenever the repeat comes [LO-16] [LO-22]', async () => {
    nextStatements('works', 'works', 'fails')
    expectRefusal(await sendLogoutToken(bff, token))
    bff.clock.advance(0.001)
    const later = await logInAs(bff, PERSON)
    bff.clock.advance(60)
    expectSuccess(await sendLogoutToken(bff, token))
    expect([await isSignedIn(visitor), await isSignedIn(later)]).toEqual([false, true])
  })

  it('is no obstacle to another token for the same user [LO-17]', async () => {
    nextStatements('works', 'works', 'fails')
    expectRefusal(await sendLogoutToken(bff, token))
    expectSuccess(await endByBackchannel(bff, { sub: PERSON.sub }))
    expect(await isSignedIn(visitor)).toBe(false)
    expectSuccess(await sendLogoutToken(bff, token))
  })

  it('for want of time with many sessions is finished by the repeat [LO-16]', async () => {
    const browsers = [visitor]
    for (let count = 1; count < 25; count += 1) browsers.push(await logInAs(bff, PERSON))
    bff.clock.advance(1)
    let secondsPerRemoval = 2
    bff.tables.client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'DeleteItemCommand') bff.clock.advance(secondsPerRemoval)
          return next(args)
        },
      { step: 'initialize' },
    )
    expectRefusal(await sendLogoutToken(bff, token))
    secondsPerRemoval = 0
    expect(bff.log.at(-1)).toMatchObject({ event: 'backchannel-logout-refused', cause: 'deadline' })
    expect(await progressOf()).toBe('pending')
    expectSuccess(await sendLogoutToken(bff, token))
    expect(new Set(await Promise.all(browsers.map(isSignedIn)))).toEqual(new Set([false]))
  })
})

describe('a logout that cannot be judged', () => {
  it.each([
    ['the server that cannot be asked for its metadata', '/.well-known/openid-configuration'],
    ['the server that cannot be asked for its keys', '/jwks'],
  ])('because of %s is refused, leaves no trace, and can be repeated [LO-18] [MD-05]', async (_, path) => {
    const fresh = await anotherInstance(bff, ON)
    bff.server.scripts[path] = () => 'reset'
    expectRefusal(await sendLogoutToken(fresh, token))
    expect(fresh.log.at(-1)).toMatchObject({ event: 'backchannel-logout-refused', cause: 'unreachable' })
    expect([await progressOf(), await isSignedIn(visitor)]).toEqual([undefined, true])

    bff.server.scripts = {}
    expectSuccess(await sendLogoutToken(await anotherInstance(bff, ON), token))
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('because of a store that is down is refused, and can be repeated [LO-18]', async () => {
    nextStatements('fails', 'fails', 'fails')
    for (let time = 0; time < 3; time += 1) expectRefusal(await sendLogoutToken(bff, token))
    expect(bff.log.at(-1)).toMatchObject({ level: 'error', code: 'session-unavailable', problemStatus: 503 })
    expectSuccess(await sendLogoutToken(bff, token))
    expect(await isSignedIn(visitor)).toBe(false)
  })
})
