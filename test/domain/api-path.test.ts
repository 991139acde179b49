import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeApiPath, splitApiPath } from '../../functions/domain/api-path.ts'

describe('a path under /api', () => {
  it.each([
    ['/api/orders', 'orders', ''],
    ['/api/orders/', 'orders', '/'],
    ['/api/orders/7/lines', 'orders', '/7/lines'],
    ['/api/orders//7', 'orders', '//7'],
    ['/api/orders/line\nbreak', 'orders', '/line\nbreak'],
    ['/api/../orders', '..', '/orders'],
    ['/api/__proto__', '__proto__', ''],
  ])('names an upstream, and what is there: %j', (path, upstreamName, rest) => {
    expect(splitApiPath(path)).toEqual({ upstreamName, rest })
  })

  it.each([
    '',
    '/',
    '/api',
    '/api/',
    '/api//orders',
    '/apis/orders',
    'api/orders',
    '//api/orders',
    '/API/orders',
  ])('or is none: %j', (path) => {
    expect(splitApiPath(path)).toBeUndefined()
  })
})

describe('a path that came percent-decoded', () => {
  it.each([
    ['', ''],
    ['/', '/'],
    ['//', '//'],
    ['/a/', '/a/'],
    ["/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@"],
    ['/50%', '/50%25'],
    ['/%2e%2e/%2F', '/%252e%252e/%252F'],
    ['/a?b#c', '/a%3Fb%23c'],
    ['/two words', '/two%20words'],
    ['/"<>[]^`{|}', '/%22%3C%3E%5B%5D%5E%60%7B%7C%7D'],
    ['/Zoë/日本/🙂', '/Zo%C3%AB/%E6%97%A5%E6%9C%AC/%F0%9F%99%82'],
    ['/\uff0e\uff0e/\u2024\u2024', '/%EF%BC%8E%EF%BC%8E/%E2%80%A4%E2%80%A4'],
    ['/@evil.example/https://evil.example/', '/@evil.example/https://evil.example/'],
    ['/.../.a/a./..a', '/.../.a/a./..a'],
    ['/a;b=.;c=..', '/a;b=.;c=..'],
  ])('is encoded anew, and nothing in it is taken for an encoding: %j [PX-02]', (path, encoded) => {
    expect(encodeApiPath(path)).toEqual({ ok: true, value: encoded })
  })

  it.each([
    ...['/.', '/..', '/a/../b', '/a/./b', '/..;', '/..;a=1/b', '/.;/a', '/a/..', '..'],
    ...['/a\\b', '/..\\a', '\\'],
    ...['/a\0', '/a\r\nb', '/a\tb', '/a\x7f', '/a\x85b', '/a\x1b'],
    ...['/a\ud800', '/\udc00a'],
  ])('is refused if servers could read another one in it, without being repeated: %j [PX-02]', (path) => {
    const refused = encodeApiPath(path)
    expect(refused).toMatchObject({ ok: false, failure: { code: 'request-invalid' } })
    expect(refused).toMatchObject({ failure: { detail: expect.stringMatching(/^The path has [a-z ]+\.$/) } })
  })

  it('is one that every reader understands as it was meant, or refused [PX-02]', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (segments) => {
        const path = segments.map((segment) => `/${segment}`).join('')
        const encoded = encodeApiPath(path)
        if (!encoded.ok) return
        const { origin, pathname, search, hash } = new URL(`https://orders.example/v1${encoded.value}`)
        expect({ origin, pathname, search, hash }).toEqual({
          origin: 'https://orders.example',
          pathname: `/v1${encoded.value}`,
          search: '',
          hash: '',
        })
        expect(encoded.value.split('/').map(decodeURIComponent).join('/')).toBe(path)
      }),
      { numRuns: 2000 },
    )
  })
})
