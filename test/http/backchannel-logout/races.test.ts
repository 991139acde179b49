import { beforeEach, describe, expect, it } from 'vitest'
import { type SignedIn, signIn } from '../../support/authorized.ts'
import { type BegunLogin, beginLogin, type TestBff } from '../../support/bff.ts'
import {
  asPerson,
  endByBackchannel,
  isSignedIn,
  logInAs,
  type Person,
  sendLogoutToken,
  startWithBackchannelLogout,
} from '../../support/logouts.ts'
import type { Visitor } from '../../support/visitor.ts'
import { expectRefusal, expectSuccess } from './answers.ts'

const PERSON = { sub: 'user-1', sid: 'session-1' }
const BY_SUB_OR_SID: [string, Person][] = [
  ['sub', { sub: PERSON.sub }],
  ['sid', { sid: PERSON.sid }],
]

let bff: TestBff
let visitor: Visitor
let begun: BegunLogin
beforeEach(async () => {
  bff = await startWithBackchannelLogout()
  visitor = bff.newVisitor()
  begun = await beginLogin(bff, visitor)
  bff.clock.advance(1)
})

const comeBack = () => asPerson(bff, PERSON, () => visitor.callJson('/bff/callback', begun.parameters))
const sessionRows = async () =>
  (await bff.tables.items(bff.tables.sessionTable)).filter(({ sealed }) => sealed)

/** The login is over as if it had never been: the browser has no session, the store has none, the tokens are revoked. */
async function expectEnded(answer: Awaited<ReturnType<typeof comeBack>>): Promise<void> {
  expect([answer.status, answer.json().code]).toEqual([401, 'session-ended'])
  expect(answer.cookies.filter((cookie) => cookie.startsWith('__Host-Http-session='))).toEqual([])
  expect(await sessionRows()).toEqual([])
  expect(bff.server.revoked).toEqual([bff.server.issuedTokens.find((token) => token.startsWith('rt-'))])
}

/** Once, on either side of the next statement of this name and, if given, on this kind of row. */
function atStatement(side: 'before' | 'after', name: string, act: () => Promise<unknown>, rows = ''): void {
  let isDue = true
  bff.tables.client.middlewareStack.add(
    (next, context) => async (args) => {
      const { Key, Item } = args.input as { Key?: { id: { S: string } }; Item?: { id: { S: string } } }
      const id = (Key ?? Item)?.id.S ?? ''
      const isMeant = isDue && context.commandName === `${name}Command` && id.startsWith(rows)
      if (isMeant) isDue = false
      if (isMeant && side === 'before') await act()
      const output = await next(args)
      if (isMeant && side === 'after') await act()
      return output
    },
    { step: 'initialize' },
  )
}

describe.each(BY_SUB_OR_SID)('a logout by %s that lands while a login is finishing', (_, person) => {
  it('between the store of its session and the index wins [LO-22]', async () => {
    atStatement('after', 'PutItem', async () => expectSuccess(await endByBackchannel(bff, person)))
    await expectEnded(await comeBack())
  })

  it('before its session is stored wins [LO-22]', async () => {
    atStatement('before', 'PutItem', async () => expectSuccess(await endByBackchannel(bff, person)))
    await expectEnded(await comeBack())
  })

  it('during the redemption of its code wins [LO-22]', async () => {
    bff.server.scripts['/token'] = async (request) => {
      expectSuccess(await endByBackchannel(bff, person))
      return bff.server.standardAnswer(request)
    }
    await expectEnded(await comeBack())
  })

  it('while the user is still at the server wins [LO-22]', async () => {
    expectSuccess(await endByBackchannel(bff, person))
    await expectEnded(await comeBack())
  })

  it('right after the session was indexed ends it, though no browser has its cookie yet [LO-22]', async () => {
    const rows = `${person.sub === undefined ? 'sid' : 'sub'}:`
    atStatement('after', 'UpdateItem', async () => expectSuccess(await endByBackchannel(bff, person)), rows)
    await comeBack()
    expect(await isSignedIn(visitor)).toBe(false)
    expect(await sessionRows()).toEqual([])
  })

  it('ends it as well if the whole login happens before its sessions are looked up [LO-22]', async () => {
    atStatement('after', 'UpdateItem', comeBack, 'jti:')
    expectSuccess(await endByBackchannel(bff, person))
    expect(await isSignedIn(visitor)).toBe(false)
    expect(await sessionRows()).toEqual([])
  })
})

describe('a login whose session cannot be indexed', () => {
  it('fails as unavailable, leaves no session and revokes the tokens [LO-22]', async () => {
    atStatement('before', 'UpdateItem', () => Promise.reject(new Error('out of order')), 'sub:')
    const answer = await comeBack()
    expect([answer.status, answer.json().code]).toEqual([503, 'session-unavailable'])
    expect(await sessionRows()).toEqual([])
    expect(bff.server.revoked).toHaveLength(1)
    expect(visitor.jar.has('__Host-Http-session')).toBe(false)
  })
})

describe('a login that begins after the logout', () => {
  it.each([0.001, 0.5, 1])('lives, even %s seconds after [LO-22]', async (seconds) => {
    for (const [, person] of BY_SUB_OR_SID) expectSuccess(await endByBackchannel(bff, person))
    bff.clock.advance(seconds)
    expect(await isSignedIn(await logInAs(bff, PERSON))).toBe(true)
  })

  it('lives even if the logout was received in the midst of it, and had arrived before [LO-22]', async () => {
    const token = await bff.server.logoutToken({ sub: PERSON.sub })
    let later: Visitor | undefined
    atStatement(
      'before',
      'UpdateItem',
      async () => {
        bff.clock.advance(0.001)
        later = await logInAs(bff, PERSON)
      },
      'sub:',
    )
    expectSuccess(await sendLogoutToken(bff, token))
    expect(later !== undefined && (await isSignedIn(later))).toBe(true)
    expect((await comeBack()).json()).toMatchObject({ code: 'session-ended' })
  })

  it('lives even if the logout is repeated because its work was not done [LO-16] [LO-22]', async () => {
    await comeBack()
    const token = await bff.server.logoutToken({ sub: PERSON.sub })
    atStatement('before', 'DeleteItem', () => Promise.reject(new Error('out of order')))
    expectRefusal(await sendLogoutToken(bff, token))
    expect(await isSignedIn(visitor)).toBe(true)

    bff.clock.advance(0.001)
    const later = await logInAs(bff, PERSON)
    expectSuccess(await sendLogoutToken(bff, token))
    expect([await isSignedIn(visitor), await isSignedIn(later)]).toEqual([false, true])
    expectSuccess(await sendLogoutToken(bff, token))
    expect(await isSignedIn(later)).toBe(true)
  })
})

describe('a logout that lands during a refresh', () => {
  let user: SignedIn
  beforeEach(async () => {
    user = await signIn({ environment: { BFF_BACKCHANNEL_LOGOUT: 'on' } })
    user.bff.clock.advance(300)
  })

  it.each(['before the server has answered', 'before the new tokens are stored'])(
    '%s wins: the session stays gone, and the new tokens are revoked [RF-12] [LO-22]',
    async (moment) => {
      const { server } = user.bff
      const end = async () => expectSuccess(await endByBackchannel(user.bff, { sub: 'user-1' }))
      server.scripts['/token'] = async (request) => {
        if (moment === 'before the server has answered') await end()
        const answer = await server.standardAnswer(request)
        if (moment === 'before the new tokens are stored') await end()
        return answer
      }
      expect(await user.authorize()).toMatchObject({ ok: false, failure: { code: 'session-required' } })
      expect(await user.row()).toBeUndefined()
      expect(server.revoked).toEqual([server.issuedTokens.findLast((token) => token.startsWith('rt-'))])
    },
  )

  it('does not lose a session that was refreshed before: it is ended as any other [LO-17]', async () => {
    expect(await user.authorize()).toMatchObject({ ok: true })
    expectSuccess(await endByBackchannel(user.bff, { sub: 'user-1' }))
    expect(await user.row()).toBeUndefined()
    expect(await user.authorize()).toMatchObject({ ok: false, failure: { code: 'session-required' } })
  })
})
