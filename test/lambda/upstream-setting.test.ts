import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSettings, settingsOrThrow } from '../../functions/lambda/settings.ts'
import { describeProblems } from '../../functions/lambda/settings-reader.ts'
import { SMALLEST_ENVIRONMENT } from '../support/environment.ts'

const withText = (text: string) => ({ ...SMALLEST_ENVIRONMENT, BFF_UPSTREAMS: text })
const settingsWith = (...upstreams: unknown[]) => settingsOrThrow(withText(JSON.stringify(upstreams)))
const ORDERS = { name: 'orders', target: 'https://orders.example/v1' }

function problemsWith(text: string): string[] {
  const read = readSettings(withText(text))
  return read.ok ? [] : read.failure.map(({ name }) => name)
}
const problemsOf = (...upstreams: unknown[]) => problemsWith(JSON.stringify(upstreams))

describe('an upstream', () => {
  it('has defaults for all but its name and target', () => {
    expect(settingsWith(ORDERS)).toMatchObject({
      upstreams: [
        {
          name: 'orders',
          target: 'https://orders.example/v1',
          methods: ['GET', 'HEAD'],
          timeoutMilliseconds: 10_000,
          cacheable: false,
        },
      ],
      audience: { resource: undefined, audience: undefined },
    })
  })

  it('is what its members say [PX-03]', () => {
    const members = { methods: ['POST', 'DELETE'], timeoutMs: 25_000, cacheable: true }
    const shared = { resource: 'https://orders.example/', audience: 'urn:orders' }
    expect(settingsWith({ ...ORDERS, ...members, ...shared })).toMatchObject({
      upstreams: [{ methods: ['POST', 'DELETE'], timeoutMilliseconds: 25_000, cacheable: true }],
      audience: shared,
    })
  })

  it('may be one of many, or of none', () => {
    expect(
      settingsWith(ORDERS, { ...ORDERS, name: 'Orders' }, { ...ORDERS, name: '__proto__' }).upstreams,
    ).toHaveLength(3)
    expect(settingsWith().upstreams).toEqual([])
  })

  it.each([
    ['https://orders.example', 'https://orders.example'],
    ['https://orders.example/', 'https://orders.example'],
    ['https://orders.example/v1/', 'https://orders.example/v1'],
    ['https://orders.example:8443/a%20b/~c', 'https://orders.example:8443/a%20b/~c'],
    ['http://localhost:8080/v1', 'http://localhost:8080/v1'],
    ['http://127.0.0.1:1', 'http://127.0.0.1:1'],
    ['http://[::1]:1/v1', 'http://[::1]:1/v1'],
  ])('has a target without trailing slash: %s', (target, expected) => {
    expect(settingsWith({ ...ORDERS, target }).upstreams[0]?.target).toBe(expected)
  })

  it.each([
    'http://orders.example/v1',
    'http://10.0.0.1/v1',
    'http://localhost.evil.example/',
    'ftp://orders.example/',
    'https://user:password@orders.example/',
    'https://user@orders.example/',
    'https://orders.example/v1?a=b',
    'https://orders.example/v1#a',
    'https://orders.example/v1/../v2',
    'https://orders.example/v1/%2e%2e',
    'https://orders.example/a b',
    'https://ORDERS.example/v1',
    'https://orders.example:443/v1',
    'https:/orders.example',
    'https:\\\\orders.example',
    ' https://orders.example/v1',
    'https://orders.example/v1\n',
    '//orders.example/v1',
    '/v1',
    '',
    7,
    null,
    undefined,
  ])('has no target that is insecure, or that is not what would be called: %j [PX-01] [PX-17]', (target) => {
    expect(problemsOf({ ...ORDERS, target })).toEqual(['BFF_UPSTREAMS[0].target'])
  })

  it.each([
    ['name', ['', 'a/b', 'a b', '..', 'ä', 'x'.repeat(65), 7, null, undefined]],
    ['methods', [[], ['get'], ['OPTIONS'], ['TRACE'], ['GET', 'CONNECT'], 'GET', [null], null]],
    ['resource', ['', 'orders', 'https://orders.example/#a', 'https://orders.example/a b', 7, null]],
    ['audience', ['', 'a b', 'ä', 7, null]],
    ['timeoutMs', [99, 25_001, 100.5, '100', null]],
    ['cacheable', ['true', 0, null]],
  ])('has no other %s than the rule admits [PX-03] [PX-14]', (member, values) => {
    for (const value of values) {
      expect(problemsOf({ ...ORDERS, [member]: value })).toEqual([`BFF_UPSTREAMS[0].${member}`])
    }
  })

  it.each(['methds', 'url', '__proto__', 'constructor'])('has no member but those: %s [PX-19]', (member) => {
    const entry = `{"name":"orders","target":"https://orders.example","${member}":["GET"]}`
    expect(problemsWith(`[${entry}]`)).toEqual(['BFF_UPSTREAMS[0]'])
  })
})

describe('BFF_UPSTREAMS', () => {
  it.each(['orders', '{}', '7', 'null', '"a"', '[7]', '[null]', '[[]]', '[{}', '[{"name":"a","name":"b"}]'])(
    'is a JSON array of objects without repeated members, and not %s',
    (text) => {
      expect(problemsWith(text)).toEqual(['BFF_UPSTREAMS'])
    },
  )

  it('has each name once', () => {
    const others = [
      { ...ORDERS, name: 'items' },
      { ...ORDERS, target: 'https://other.example' },
    ]
    expect(problemsOf(ORDERS, ...others)).toEqual(['BFF_UPSTREAMS[2].name'])
  })

  it('has one audience: a session has one access token, which must go to no other API [PX-07]', () => {
    const items = { name: 'items', target: 'https://items.example' }
    const [orders, other] = ['https://orders.example/', 'https://items.example/']
    for (const member of ['resource', 'audience']) {
      const same = settingsWith({ ...ORDERS, [member]: orders }, { ...items, [member]: orders })
      expect(same.audience).toMatchObject({ [member]: orders })
      const wrong = [`BFF_UPSTREAMS[1].${member}`]
      expect(problemsOf({ ...ORDERS, [member]: orders }, { ...items, [member]: other })).toEqual(wrong)
      expect(problemsOf({ ...ORDERS, [member]: orders }, items)).toEqual(wrong)
      expect(problemsOf(ORDERS, { ...items, [member]: other })).toEqual(wrong)
    }
  })

  it('is reported with all its problems at once, each with its path and none with its value [LG-01]', () => {
    const read = readSettings(
      withText(
        JSON.stringify([
          {
            name: 'wrong name',
            target: 'wrong-target',
            methods: ['WRONG'],
            timeoutMs: 'wrong',
            cacheable: 'wrong',
          },
          ORDERS,
          { name: 'orders', resource: 'wrong-resource', audience: 'wrong audience', wrong: 'wrong' },
        ]),
      ),
    )
    const lines = read.ok ? [] : describeProblems(read.failure).split('\n')
    expect(lines.map((line) => line.split(' must ')[0])).toEqual([
      'BFF_UPSTREAMS[0].name',
      'BFF_UPSTREAMS[0].target',
      'BFF_UPSTREAMS[0].methods',
      'BFF_UPSTREAMS[0].timeoutMs',
      'BFF_UPSTREAMS[0].cacheable',
      'BFF_UPSTREAMS[2]',
      'BFF_UPSTREAMS[2].target',
      'BFF_UPSTREAMS[2].resource',
      'BFF_UPSTREAMS[2].audience',
      'BFF_UPSTREAMS[2].name',
    ])
    expect(lines.join('\n')).not.toMatch(/wrong/i)
  })

  it('never throws, and never repeats what it was given, whatever that is [LG-01] [PX-19]', () => {
    const anyEntry = fc.dictionary(
      fc.constantFrom('name', 'target', 'methods', 'resource', 'timeoutMs', '__proto__', 'other'),
      fc.oneof(
        fc.jsonValue(),
        fc.string().map((text) => `¤${text}`),
      ),
    )
    fc.assert(
      fc.property(fc.oneof(fc.array(anyEntry), fc.jsonValue()), (value) => {
        const read = readSettings(withText(JSON.stringify(value)))
        expect(read.ok ? '' : describeProblems(read.failure)).not.toContain('¤')
      }),
    )
  })
})
