import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUser, METHODS, signedInUser, startApi, type TestApi } from '../support/api.ts'
import { headerOf } from '../support/upstream.ts'

let api: TestApi
let user: ApiUser
beforeAll(async () => {
  api = await startApi()
  user = await signedInUser(api)
})
afterAll(() => api.stop())

const anySegment = fc
  .string({ unit: 'grapheme' })
  .filter((text) => !/[/\\\p{Cc}\p{Cs}]/u.test(text) && !/^\.{1,2}(?:;|$)/.test(text))
const anyQuery = fc.string({ unit: fc.constantFrom(...'abz09&&==%+;/?:@!$\'()*,-._~[]{}|^`"<>') })

/** Names that mean nothing to us, those of an object's own machinery among them. */
const anyName = fc.oneof(
  fc.stringMatching(/^app-[a-z0-9!#$%&'*+.^_`|~-]{0,12}$/),
  fc.constantFrom('__proto__', 'constructor', 'hasownproperty', 'tostring', 'idempotency-key', 'if-match'),
)
const withoutOuterSpace = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '')
const anySentValue = fc
  .string({ unit: 'grapheme' })
  .map((text) => withoutOuterSpace(text.replace(/\p{Cc}|\p{Cs}/gu, '')))
/** Octets, as Latin-1. */
const anyAnsweredValue = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/).map(withoutOuterSpace)
const anyBody = fc.uint8Array({ maxLength: 400 })

/** What a body can be packed in, and what only claims to be. */
const ENCODINGS: { readonly [encoding: string]: (octets: Uint8Array) => Uint8Array } = {
  identity: (octets) => octets,
  gzip: (octets) => gzipSync(octets),
  br: (octets) => brotliCompressSync(octets),
  deflate: (octets) => deflateSync(octets),
  zstd: (octets) => zstdCompressSync(octets),
  'gzip, br': (octets) => octets,
}
const anyPacked = fc
  .record({ encoding: fc.constantFrom(...Object.keys(ENCODINGS)), octets: anyBody })
  .map(({ encoding, octets }) => ({ encoding, octets: ENCODINGS[encoding]?.(octets) ?? octets }))

const asked = fc.record({
  method: fc.constantFrom(...METHODS),
  segments: fc.array(anySegment, { maxLength: 4 }),
  query: anyQuery,
  headers: fc.dictionary(anyName, anySentValue, { maxKeys: 5, noNullPrototype: false }),
  packed: anyPacked,
})

const STATUSES = [200, 201, 202, 203, 206, 207, 226, 300, 400, 404, 409, 418, 422, 429, 451, 500, 503, 599]
const answered = fc.record({
  status: fc.constantFrom(...STATUSES, 204, 304),
  headers: fc.array(fc.tuple(anyName, anyAnsweredValue), { maxLength: 6 }),
  packed: anyPacked,
})

type Asked = Parameters<Parameters<typeof asked.map>[0]>[0]
type Answered = Parameters<Parameters<typeof answered.map>[0]>[0]

describe('a call', () => {
  it('comes to the upstream as it was sent, and its answer comes back as it was given [PX-15] [PX-19]', async () => {
    await fc.assert(fc.asyncProperty(asked, answered, roundTrip), { numRuns: 300 })
  }, 120_000)

  it('keeps every octet there is, in both directions, packed or not [PX-15]', async () => {
    const every = Uint8Array.from({ length: 256 }, (_, octet) => octet)
    for (const [encoding, pack] of Object.entries(ENCODINGS)) {
      const packed = { encoding, octets: pack(every) }
      await roundTrip(
        { method: 'PUT', segments: [], query: '', headers: {}, packed },
        { status: 200, headers: [], packed },
      )
    }
  })
})

async function roundTrip(sent: Asked, given: Answered): Promise<void> {
  const { encoding, octets } = given.packed
  api.upstream.answer = () => ({
    status: given.status,
    headers: [...given.headers, ['content-encoding', encoding]],
    body: octets,
  })
  const answer = await user.ask(sent.method, '/', {
    rawPath: ['/api/orders', ...sent.segments].join('/'),
    rawQuery: sent.query,
    headers: { ...sent.headers, 'content-encoding': sent.packed.encoding },
    body: sent.packed.octets,
  })
  expectReceived(sent)
  const hasBody = sent.method !== 'HEAD' && given.status !== 204 && given.status !== 304
  expect(answer.status).toBe(given.status)
  expect(answer.octets).toEqual(Buffer.from(hasBody ? octets : []))
  expect(answer.headers).toMatchObject({ 'content-encoding': encoding })
  for (const [name] of given.headers) {
    const values = given.headers.filter(([other]) => other === name).map(([, value]) => value)
    expect(Object.getOwnPropertyDescriptor(answer.headers, name)?.value).toBe(
      withoutOuterSpace(values.join(', ')),
    )
  }
}

function expectReceived(sent: Asked): void {
  const [call, ...more] = api.upstream.takeCalls()
  if (call === undefined || more.length > 0) throw new Error('The upstream did not get one request.')
  const [path = '', ...query] = call.target.split('?')
  expect(call.method).toBe(sent.method)
  expect(path).toMatch(/^\/v1(?:\/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2})*)*$/)
  expect(path.split('/').slice(2).map(decodeURIComponent)).toEqual(sent.segments)
  expect(query.join('?')).toBe(sent.query)
  for (const [name, value] of Object.entries(sent.headers)) {
    expect(headerOf(call, name).map(decoded)).toEqual([value])
  }
  const hasBody = sent.method !== 'GET' && sent.method !== 'HEAD'
  expect(call.body).toEqual(Buffer.from(hasBody ? sent.packed.octets : []))
  expect(headerOf(call, 'content-encoding')).toEqual([sent.packed.encoding])
  expect(headerOf(call, 'transfer-encoding')).toEqual([])
}

function decoded(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8')
}
