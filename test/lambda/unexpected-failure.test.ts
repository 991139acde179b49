import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HttpDependencies } from '../../functions/adapters/http/app-context.ts'
import { createAuthHandler } from '../../functions/lambda/auth-handler.ts'
import { beginLogin, logIn, startBff, type TestBff } from '../support/bff.ts'
import { type Answer, createVisitor, type Visitor } from '../support/visitor.ts'
import { witnessSecrets } from '../support/witness.ts'

const SECRET = 'a-secret-in-the-message-of-an-error'
const MESSAGE = `cannot read properties of ${SECRET}`

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
  witnessSecrets([SECRET])
})
afterAll(() => bff.server.stop())

type Fault = () => never
type Breakage = (deps: HttpDependencies, fault: Fault) => Partial<HttpDependencies>
type Call = (visitor: Visitor, parameters: { [name: string]: string }) => Promise<Answer>

const login: Call = (visitor) => visitor.callJson('/bff/login', {})
const callback: Call = (visitor, parameters) => visitor.callJson('/bff/callback', parameters)
const session: Call = (visitor) => visitor.call('GET', '/bff/session')
const logout: Call = (visitor) => visitor.call('POST', '/bff/logout')

const brokenLookUp: Breakage = ({ sessions }, fault) => ({
  sessions: { ...sessions, find: async () => fault() },
})
const brokenDiscovery: Breakage = (_, fault) => ({ authorizationServer: { discover: async () => fault() } })

/** Every part that could throw although it never should, and a call that needs it. */
const BREAKAGES: { readonly [part: string]: readonly [Breakage, Call] } = {
  'the creation of a login transaction': [
    ({ transactions }, fault) => ({ transactions: { ...transactions, create: async () => fault() } }),
    login,
  ],
  'the consumption of a login transaction': [
    ({ transactions }, fault) => ({ transactions: { ...transactions, consume: async () => fault() } }),
    callback,
  ],
  'the creation of a session': [
    ({ sessions }, fault) => ({ sessions: { ...sessions, create: async () => fault() } }),
    callback,
  ],
  'the look-up of a session': [brokenLookUp, session],
  'the removal of a session': [
    ({ sessions }, fault) => ({ sessions: { ...sessions, remove: async () => fault() } }),
    logout,
  ],
  'the discovery of the authorization server': [brokenDiscovery, login],
  'the source of randomness': [({ entropy }, fault) => ({ entropy: { ...entropy, token: fault } }), login],
  'the clock that flows read': [({ clock }, fault) => ({ clock: { ...clock, now: fault } }), session],
  'the clock that the handler reads': [
    ({ clock }, fault) => ({ clock: { ...clock, milliseconds: fault } }),
    session,
  ],
}

function throwTypeError(): never {
  throw new TypeError(MESSAGE, { cause: new Error(SECRET) })
}

/** Ways to fail that no flow foresaw: with an Error, or with anything else. */
const FAULTS: { readonly [way: string]: Fault } = {
  'a TypeError': throwTypeError,
  'an error of its own name': () => {
    throw Object.assign(new Error(MESSAGE), { name: `Failed on ${SECRET}` })
  },
  text: () => {
    throw MESSAGE
  },
  'an object': () => {
    throw { message: MESSAGE }
  },
}

async function answerTo(breakage: Breakage, call: Call, fault: Fault): Promise<Answer> {
  const signedIn = bff.newVisitor()
  await logIn(bff, signedIn)
  const { parameters } = await beginLogin(bff, signedIn)
  const visitor = createVisitor(createAuthHandler({ ...bff.deps, ...breakage(bff.deps, fault) }))
  for (const [name, value] of signedIn.jar) visitor.jar.set(name, value)
  return call(visitor, { ...parameters })
}

const entriesOf = (requestId: unknown) => bff.log.filter((entry) => entry.requestId === requestId)

const CASES = Object.entries(BREAKAGES).flatMap(([part, [breakage, call]]) =>
  Object.entries(FAULTS).map(([way, fault]) => ({ part, way, breakage, call, fault })),
)

describe('an unexpected failure', () => {
  it.each(CASES)(
    'is one problem and one line in the log, neither with its text, if $part throws $way [LG-05] [LG-01]',
    async ({ breakage, call, fault }) => {
      const answer = await answerTo(breakage, call, fault)
      expect(answer.status).toBe(500)
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
      })
      const { requestId } = answer.json()
      expect(answer.json()).toEqual({
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        code: 'unexpected-failure',
        requestId: expect.stringMatching(/.+/),
        detail: 'Something went wrong on our side.',
      })
      const entries = entriesOf(requestId)
      expect(entries).toEqual([expect.objectContaining({ level: 'error', code: 'unexpected-failure' })])
      expect(JSON.stringify([answer, entries])).not.toContain(SECRET)
    },
  )

  it('tells the operator its kind and where it happened [LG-05]', async () => {
    const answer = await answerTo(brokenLookUp, session, throwTypeError)
    const [entry] = entriesOf(answer.json().requestId)
    expect(entry).toMatchObject({ cause: 'TypeError', route: 'GET /bff/session', status: 500 })
    expect(entry?.where?.[0]).toMatch(/^unexpected-failure\.test\.ts:\d+$/)
  })

  it('keeps its text to itself even if that looks like a place in a file [LG-01]', async () => {
    const answer = await answerTo(brokenLookUp, session, () => {
      throw new TypeError(`cannot parse ${SECRET}.js:1:1`)
    })
    expect(JSON.stringify(entriesOf(answer.json().requestId))).not.toContain(SECRET)
  })

  it('shows a browser that navigates a page, or the error path, as every failure does', async () => {
    const broken = { ...bff.deps, ...brokenDiscovery(bff.deps, throwTypeError) }
    const page = await createVisitor(createAuthHandler(broken)).navigate('/bff/login')
    expect(page.status).toBe(500)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.body).not.toContain(SECRET)

    const settings = { ...bff.deps.settings, errorPath: '/login-failed' }
    const moved = await createVisitor(createAuthHandler({ ...broken, settings })).navigate('/bff/login')
    expect(moved.status).toBe(303)
    expect(moved.location).toMatch(/\/login-failed\?error=unexpected-failure&id=[^&]+$/)
  })
})
