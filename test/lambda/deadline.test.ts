import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lambdaContext } from '../../dev/gateway/gateway.ts'
import { createAuthHandler } from '../../functions/lambda/auth-handler.ts'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../support/bff.ts'
import { type EventChanges, eventOf } from '../support/events.ts'
import { PUBLIC_ORIGIN } from '../support/visitor.ts'

/** A gateway's answer must be on its way this much before the function's time is up. */
const MARGIN_MILLISECONDS = 2000

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})
afterAll(() => bff.server.stop())

const POST_LOGIN: EventChanges = {
  method: 'POST',
  target: '/bff/login',
  body: '{}',
  headers: { 'content-type': 'application/json', origin: PUBLIC_ORIGIN },
}

async function invokeWithin(
  milliseconds: number,
  { handler }: Pick<TestBff, 'handler'>,
  kind: 'navigation' | 'fetch',
  changes: EventChanges,
) {
  const event = eventOf(kind, changes)
  const { requestId } = event.requestContext
  const startedAt = performance.now()
  const result = await handler(event, lambdaContext(requestId, milliseconds))
  const took = performance.now() - startedAt
  return { result, requestId, took, problem: () => JSON.parse(result.body ?? '') }
}

describe('a request', () => {
  it('does not wait for an authorization server beyond its deadline [MD-05] [PX-14]', async () => {
    const slow = await startBff()
    slow.server.scripts['/.well-known/openid-configuration'] = () => 'hang'
    const { result, requestId, took, problem } = await invokeWithin(2300, slow, 'fetch', POST_LOGIN)
    expect(result.statusCode).toBe(503)
    expect(problem()).toMatchObject({ code: 'authorization-server-unavailable', status: 503, requestId })
    expect(result.headers).toMatchObject({ 'cache-control': 'no-store', 'retry-after': '5' })
    expect(took).toBeLessThan(2300 - 500)
    await slow.server.stop()
  })

  it('that outlives its deadline is still answered before the function is stopped [PX-14]', async () => {
    const never = new Promise<never>(() => {})
    const sessions = { ...bff.deps.sessions, answers: () => never }
    const stuck = { handler: createAuthHandler({ ...bff.deps, sessions }) }
    const changes = { target: '/bff/health' }
    const { result, requestId, took, problem } = await invokeWithin(700, stuck, 'fetch', changes)
    expect(took).toBeLessThan(700)
    expect(result).toMatchObject({
      statusCode: 503,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'retry-after': '5',
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
        'x-content-type-options': 'nosniff',
      },
    })
    expect(problem()).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      code: 'request-timed-out',
      requestId,
      detail: 'The request took too long.',
    })
    expect(bff.log.filter((entry) => entry.requestId === requestId)).toEqual([
      {
        level: 'error',
        event: 'request-given-up',
        requestId,
        code: 'request-timed-out',
        cause: 'TimeoutError',
      },
    ])
  })
})

describe('a callback', () => {
  /** The context of an invocation with so much time left, to the millisecond. */
  const contextWith = (milliseconds: number) => ({
    ...lambdaContext('unused'),
    getRemainingTimeInMillis: () => milliseconds,
  })

  async function begun() {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    const event = () => eventOf('navigation', { target: callbackTarget, ...fromAuthorizationServer(visitor) })
    const tokenRequests = bff.server.requestsTo('/token').length
    return { event, newTokenRequests: () => bff.server.requestsTo('/token').length - tokenRequests }
  }

  it('that cannot end in time consumes nothing, so that the login can be repeated', async () => {
    const { event, newTokenRequests } = await begun()
    bff.tables.takeCommands()
    const enough = longestCallback(bff)
    for (const tooLittle of [2000, 10_000, enough - 1]) {
      const refused = await bff.handler(event(), contextWith(tooLittle))
      expect(refused).toMatchObject({ statusCode: 503, cookies: [], headers: { 'retry-after': '5' } })
      expect(refused.body).toContain('authorization-server-unavailable')
    }
    expect(bff.tables.takeCommands()).toEqual([])
    expect(newTokenRequests()).toBe(0)

    const repeated = await bff.handler(event(), contextWith(enough))
    expect(repeated).toMatchObject({ statusCode: 303, headers: { location: `${PUBLIC_ORIGIN}/` } })
    expect(newTokenRequests()).toBe(1)
  })

  it('asks the authorization server for nothing more once that would leave no time to store the session', async () => {
    const slow = await startBff()
    const visitor = slow.newVisitor()
    const { callbackTarget } = await beginLogin(slow, visitor)
    slow.server.changeIdToken = () => slow.clock.advance(11)
    const event = eventOf('navigation', { target: callbackTarget, ...fromAuthorizationServer(visitor) })
    const answer = await slow.handler(event, contextWith(longestCallback(slow)))

    expect(answer.statusCode).toBe(503)
    expect(slow.server.requestsTo('/token')).toHaveLength(1)
    expect(slow.server.requestsTo('/jwks')).toHaveLength(0)
  })
})

/** What a callback needs to be begun: to consume, one answer, to store and to end what is replaced. */
function longestCallback({ deps }: TestBff): number {
  const { answerMilliseconds, statementMilliseconds } = deps.longest
  return 3 * statementMilliseconds + answerMilliseconds + MARGIN_MILLISECONDS
}
