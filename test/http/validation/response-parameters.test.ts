import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff, userLogsIn } from '../../support/bff.ts'
import type { Visitor } from '../../support/visitor.ts'
import { anotherInstance, COMPLETED, outcomeOf, refused } from './attempt.ts'

const INVALID = refused(400, 'authorization-response-invalid', 0)
const NOT_JSON_LIKE_THAT = refused(400, 'request-invalid', 0)
const COMPLETED_BY_CALL = { ...COMPLETED, status: 200 }

let bff: TestBff
let formPost: TestBff
beforeAll(async () => {
  bff = await startBff()
  formPost = await anotherInstance(bff, { BFF_RESPONSE_MODE: 'form_post' })
})

type Pair = [name: string, value: string]
type Change = (right: { readonly code: string; readonly state: string }) => Pair[]

/** Two tries of one login in one browser: the first as changed, the second as it should be. */
interface Way {
  readonly at: () => TestBff
  readonly send: (visitor: Visitor, pairs: Pair[]) => ReturnType<Visitor['navigate']>
}

const byQuery: Way = {
  at: () => bff,
  send: (visitor, pairs) =>
    visitor.navigate(`/bff/callback?${new URLSearchParams(pairs)}`, fromAuthorizationServer(visitor)),
}
const byForm: Way = {
  at: () => formPost,
  send: (visitor, pairs) =>
    visitor.postForm('/bff/callback', new URLSearchParams(pairs), fromAuthorizationServer(visitor)),
}
const byJson: Way = {
  at: () => bff,
  send: (visitor, pairs) => {
    const members = pairs.map((pair) => pair.map((part) => JSON.stringify(part)).join(':'))
    return visitor.callJson('/bff/callback', `{${members.join(',')}}`)
  },
}

async function twoTries({ at, send }: Way, change: Change) {
  const instance = at()
  const visitor = instance.newVisitor()
  const { parameters } = await beginLogin(instance, visitor)
  const right = Object.entries(parameters)
  return [
    await outcomeOf(instance, () => send(visitor, [...right, ...change(parameters)])),
    await outcomeOf(instance, () => send(visitor, right)),
  ]
}

const REPEATED: [string, Change][] = [
  ['state, with another value', () => [['state', 'A'.repeat(43)]]],
  ['state, with the same value', ({ state }) => [['state', state]]],
  ['code, with another value', () => [['code', 'another']]],
  ['code, with the same value', ({ code }) => [['code', code]]],
  [
    'iss',
    () => [
      ['iss', bff.server.issuer],
      ['iss', bff.server.issuer],
    ],
  ],
  [
    'error_description',
    () => [
      ['error_description', 'a'],
      ['error_description', 'b'],
    ],
  ],
]

describe.each([
  ['a query', byQuery],
  ['a form', byForm],
])('a known parameter that occurs twice in %s', (_, way) => {
  it.each(REPEATED)('is refused and uses nothing up: %s [CB-09]', async (_name, change) => {
    expect(await twoTries(way, change)).toEqual([INVALID, COMPLETED])
  })
})

describe('a member that occurs twice in JSON', () => {
  it.each(REPEATED)('is refused and uses nothing up: %s [CB-09]', async (_, change) => {
    expect(await twoTries(byJson, change)).toEqual([NOT_JSON_LIKE_THAT, COMPLETED_BY_CALL])
  })

  it.each<[string, (code: string, state: string) => string]>([
    ['by an escape', (code, state) => `{"code":"${code}","state":"${state}","st\\u0061te":"x"}`],
    [
      'by white space before the colon',
      (code, state) => `{"code":"${code}","state":"${state}","state"\n\t :"x"}`,
    ],
    ['with a number', (code, state) => `{"code":"${code}","code":1,"state":"${state}"}`],
    ['of no meaning to us', (code, state) => `{"code":"${code}","state":"${state}","foo":"a","foo":"b"}`],
  ])('is refused when it is hidden: %s [CB-09]', async (_, bodyOf) => {
    const visitor = bff.newVisitor()
    const { code, state } = (await beginLogin(bff, visitor)).parameters
    const post = (body: unknown) => outcomeOf(bff, () => visitor.callJson('/bff/callback', body))

    expect(await post(bodyOf(code, state))).toEqual(NOT_JSON_LIKE_THAT)
    expect(await post({ code, state })).toEqual(COMPLETED_BY_CALL)
  })
})

describe.each([
  ['a query', byQuery, COMPLETED],
  ['a form', byForm, COMPLETED],
  ['JSON', byJson, COMPLETED_BY_CALL],
])('an authorization response as %s', (_, way, done) => {
  it.each<[string, Change]>([
    ['code and error', () => [['error', 'access_denied']]],
    ['a token of the implicit flow', () => [['access_token', 'x']]],
    ['an ID token of the hybrid flow', () => [['id_token', 'x.y.z']]],
    ['a JWT that says it all', () => [['response', 'x.y.z']]],
  ])('with %s is refused and uses nothing up [CB-09] [CB-21]', async (_name, change) => {
    expect(await twoTries(way, change)).toEqual([INVALID, done])
  })

  it('with neither code nor error is refused and uses nothing up [CB-09]', async () => {
    const visitor = way.at().newVisitor()
    const { parameters } = await beginLogin(way.at(), visitor)
    const { state, code } = parameters
    const tries: Pair[][] = [
      [['state', state]],
      [
        ['state', state],
        ['code', ''],
      ],
      [
        ['state', state],
        ['error', ''],
      ],
    ]
    for (const pairs of tries)
      expect(await outcomeOf(way.at(), () => way.send(visitor, pairs))).toEqual(INVALID)
    expect(
      await outcomeOf(way.at(), () =>
        way.send(visitor, [
          ['state', state],
          ['code', code],
        ]),
      ),
    ).toEqual(done)
  })

  it('with parameters that we do not know is accepted [CB-10]', async () => {
    const [first] = await twoTries(way, () => [
      ['session_state', 'abc.def'],
      ['scope', 'openid'],
      ['foo', '1'],
      ['__proto__', 'x'],
      ['constructor', 'x'],
    ])
    expect(first).toEqual(done)
  })

  it('with a code of 4 KB is accepted [CB-10]', async () => {
    const instance = way.at()
    const visitor = instance.newVisitor()
    const { location } = await visitor.navigate('/bff/login')
    const { state } = userLogsIn(instance, location)
    const code = `${'c'.repeat(4000)}.~-_+/=%&# é`.padEnd(4096, 'c')
    instance.server.issueCode(location, code)

    expect(
      await outcomeOf(instance, () =>
        way.send(visitor, [
          ['code', code],
          ['state', state],
        ]),
      ),
    ).toEqual(done)
    expect(instance.server.requestsTo('/token').at(-1)?.form.get('code')).toBe(code)
  })
})

describe('an unknown parameter', () => {
  it.each([
    ['a query', byQuery],
    ['a form', byForm],
  ])('may occur twice in %s [CB-10]', async (_, way) => {
    const [first] = await twoTries(way, () => [
      ['foo', '1'],
      ['foo', '2'],
    ])
    expect(first).toEqual(COMPLETED)
  })
})
