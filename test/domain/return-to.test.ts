import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveReturnTo } from '../../functions/domain/return-to.ts'
import { brokenPromises, namesForeignPlace, resolve } from './return-to-promise.ts'
import { vectorClasses } from './return-to-vectors.ts'

/** As many as help to see what is wrong. */
const SHOWN = 12

describe.each(['https://app.example.com', 'http://localhost:3000'])(
  'the place to return to, for an application at %s',
  (origin) => {
    const classes = vectorClasses(origin)
    const named = classes.map(({ name, vectors }) => [name, vectors] as const)

    it.each(named)('is refused or ours, whatever the attack: %s [CB-18]', (_, vectors) => {
      const broken = vectors.flatMap((vector) => brokenPromises(vector, origin))
      expect(broken.slice(0, SHOWN)).toEqual([])
    })

    it.each(named)('is refused if any reading finds another place in it: %s [CB-18]', (_, vectors) => {
      const foreign = vectors.filter((vector) => namesForeignPlace(vector, origin))
      const admitted = foreign.filter((vector) => resolve(vector, origin) !== undefined)
      expect(admitted.slice(0, SHOWN)).toEqual([])
    })

    it('was tried with thousands of attacks, of which many name another place [CB-18]', () => {
      const vectors = new Set(classes.flatMap((one) => one.vectors))
      const foreign = [...vectors].filter((vector) => namesForeignPlace(vector, origin))
      expect(vectors.size).toBeGreaterThan(2000)
      expect(foreign.length).toBeGreaterThan(1000)
    })

    it('is refused or ours for any text at all [CB-18]', () => {
      const text = fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true }))
      const path = fc.oneof(text, fc.webPath({ size: 'large' }))
      fc.assert(
        fc.property(fc.constantFrom('', '/', origin, `${origin}/`), path, (start, rest) => {
          expect(brokenPromises(start + rest, origin)).toEqual([])
        }),
        { numRuns: 1000 },
      )
    })

    it('is refused or ours for any heap of dangerous pieces [CB-18]', () => {
      const pieces = [
        ...['/', '//', '\\', '.', '..', '?', '#', '@', ':', ';', ' ', '\t', '%'],
        ...['%2e', '%2f', '%5c', '%3f', '%23', '%40', '%09', '%20', '%00', '%25', '%C3%A9', '。'],
        ...['https:', 'http:', 'blob:', 'javascript:', origin, new URL(origin).host, 'evil.example'],
        ...['bff', 'api', 'login', 'x'],
      ]
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (heap) => {
          expect(brokenPromises(heap.join(''), origin)).toEqual([])
        }),
        { numRuns: 3000 },
      )
    })

    it.each([
      ['/', '/'],
      ['/orders?page=2#top', '/orders?page=2#top'],
      ['/my%20page', '/my%20page'],
      ['/caf%C3%A9', '/caf%C3%A9'],
      ['/café', '/caf%C3%A9'],
      ['/日本?q=語', '/%E6%97%A5%E6%9C%AC?q=%E8%AA%9E'],
      [`${origin}/x`, '/x'],
      [origin, '/'],
      [`${origin}?page=2`, '/?page=2'],
      ['/a//b', '/a//b'],
      ['/a/', '/a/'],
      ['/a%2Fb', '/a%2Fb'],
      ['/a/./b/../c', '/a/c'],
      ['/search?q=//x', '/search?q=//x'],
      ['/search?q=https://other.example/&r=100%', '/search?q=https://other.example/&r=100%'],
      ['/search?returnTo=/bff/login', '/search?returnTo=/bff/login'],
      ['/#/route', '/#/route'],
      ['/#//route?x=y', '/#//route?x=y'],
      ['relative/path', '/relative/path'],
      ['?page=2', '/?page=2'],
      ['#top', '/#top'],
      ['/orders:1;v=2/@me/~x/.well-known', '/orders:1;v=2/@me/~x/.well-known'],
      ['/bffx', '/bffx'],
      ['/bff-help/login', '/bff-help/login'],
      ['/api-docs', '/api-docs'],
      ['/x/bff/login', '/x/bff/login'],
      ['/BFF/login', '/BFF/login'],
    ])('may be %j, of our application [CB-18]', (requested, path) => {
      expect(resolve(requested, origin)).toBe(origin + path)
    })

    it('is the start of the application when nobody asked for another [CB-18]', () => {
      expect(resolve(undefined, origin)).toBe(`${origin}/`)
    })

    it.each(['', ' ', '/my page', ' /x', '/x\n', '/a\\b', '/x?q=\\', '/100%', '/%FF', '/%C3%28', '/x%00'])(
      'is refused rather than repaired: %j [CB-18]',
      (requested) => {
        expect(resolve(requested, origin)).toBeUndefined()
      },
    )

    it('has at most 2048 characters [PX-13]', () => {
      expect(resolve(`/${'a'.repeat(2047)}`, origin)).toBe(`${origin}/${'a'.repeat(2047)}`)
      expect(resolve(`/${'a'.repeat(2048)}`, origin)).toBeUndefined()
      expect(resolve(`/${'é'.repeat(400)}`, origin)).toBeUndefined()
    })

    it.each([
      ...['/bff', '/bff/', '/bff/login', '/bff/login?returnTo=/x', '/bff#x', '/bff//login', 'bff/login'],
      ...['/api', '/api/orders', '/x/../api/orders', '/%62ff/login', '/bff%2Flogin', `${origin}/bff/login`],
    ])('is none of our own endpoints, which would loop: %s [CB-18]', (requested) => {
      expect(resolve(requested, origin)).toBeUndefined()
    })

    it('is kept from the endpoints that are configured, wherever they are [CB-18]', () => {
      const policy = { publicOrigin: origin, ownPaths: ['/auth/bff'] }
      expect(resolveReturnTo('/auth/bff/login', policy).ok).toBe(false)
      expect(resolveReturnTo('/auth/other', policy).ok).toBe(true)
      expect(resolveReturnTo('/bff/login', policy).ok).toBe(true)
    })
  },
)
