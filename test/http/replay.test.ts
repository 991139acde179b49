import { beforeEach, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../support/bff.ts'

let bff: TestBff
beforeEach(async () => {
  bff = await startBff()
})

const asScript = { accept: 'application/json', 'sec-fetch-mode': undefined, 'sec-fetch-site': 'cross-site' }

describe('a callback that comes more than once', () => {
  it('fifty times at once makes one token request and one session [CB-02] [CB-03] [TE-06]', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    const change = { ...fromAuthorizationServer(visitor), headers: asScript }
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => visitor.navigate(callbackTarget, change)),
    )

    expect(bff.server.requestsTo('/token')).toHaveLength(1)
    const winners = answers.filter(({ cookies }) => cookies.some((c) => c.startsWith('__Host-Http-session=')))
    expect(winners.map(({ status }) => status)).toEqual([303])
    const losers = answers.filter((answer) => !winners.includes(answer))
    expect(new Set(losers.map((answer) => answer.json().code))).toEqual(
      new Set(['login-transaction-replayed']),
    )
    expect(await bff.tables.items(bff.tables.sessionTable)).toHaveLength(1)
  })

  it('with the right cookie is a duplicate: recognised, and no alarm [CB-02]', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    const change = { ...fromAuthorizationServer(visitor), headers: asScript }
    await visitor.navigate(callbackTarget, change)
    const again = await visitor.navigate(callbackTarget, change)

    expect(again.status).toBe(400)
    expect(again.json()).toMatchObject({ code: 'login-transaction-replayed' })
    expect(bff.log.at(-1)).not.toHaveProperty('replay')
    expect(bff.server.requestsTo('/token')).toHaveLength(1)
  })

  it('after its cookie is gone is answered like a stranger, and counted as a replay [CB-02]', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
    const again = await bff.newVisitor().navigate(callbackTarget, { headers: asScript })

    expect(again.json()).toMatchObject({ status: 400, code: 'login-transaction-unknown' })
    expect(bff.log.at(-1)).toMatchObject({ code: 'login-transaction-unknown', replay: true })
    expect(bff.server.requestsTo('/token')).toHaveLength(1)
  })
})

describe('a callback in another browser', () => {
  it.each([
    ['without a login cookie', []],
    ['with a login cookie of its own making', ['A'.repeat(43)]],
  ])('%s gets nothing, causes no token request and spoils nothing [AR-08] [CB-01]', async (_, secrets) => {
    const victim = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, victim)
    const [name] = [...victim.jar.keys()]
    const cookies = secrets.map((secret) => `${name}=${secret}`)
    const stolen = await bff.newVisitor().navigate(callbackTarget, { cookies, headers: asScript })

    expect(stolen.json()).toMatchObject({ status: 400, code: 'login-transaction-unknown' })
    expect(stolen.cookies.filter((cookie) => cookie.startsWith('__Host-Http-session'))).toEqual([])
    expect(bff.server.requestsTo('/token')).toHaveLength(0)

    const own = await victim.navigate(callbackTarget, fromAuthorizationServer(victim))
    expect(own.status).toBe(303)
  })

  it('costs one read when it shows no cookie, and no write', async () => {
    const { callbackTarget } = await beginLogin(bff, bff.newVisitor())
    bff.tables.takeCommands()
    await bff.newVisitor().navigate(callbackTarget)

    expect(bff.tables.takeCommands()).toEqual(['GetItem'])
  })
})

describe('a login that takes too long', () => {
  it('is refused although its row is still there [ST-01] [ST-11]', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    bff.clock.advance(600)
    const late = await visitor.navigate(callbackTarget, {
      ...fromAuthorizationServer(visitor),
      headers: asScript,
    })

    expect(late.json()).toMatchObject({ status: 400, code: 'login-transaction-expired' })
    expect(bff.server.requestsTo('/token')).toHaveLength(0)
    expect(await bff.tables.items(bff.tables.loginTable)).toHaveLength(1)
  })

  it('by one second less is completed', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    bff.clock.advance(599)

    expect((await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))).status).toBe(303)
  })
})
