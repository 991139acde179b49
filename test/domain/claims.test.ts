import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedClaims } from '../../functions/domain/claims.ts'

/** As they come out of a token: `JSON.parse` makes an own property of every name. */
const CLAIMS = JSON.parse(
  '{"sub":"user-1","email":"a@b.example","roles":["x"],"nickname":null,"at_hash":"h","__proto__":{"admin":true}}',
)

describe('the claims that a browser may see', () => {
  it('are those on the allow-list and no others [IT-23]', () => {
    expect(allowedClaims(CLAIMS, ['sub', 'email', 'name'])).toEqual({ sub: 'user-1', email: 'a@b.example' })
  })

  it('are none when the list is empty [IT-23]', () => {
    expect(Object.keys(allowedClaims(CLAIMS, []))).toEqual([])
  })

  it('keep their values, whatever type they have [IT-23]', () => {
    expect(allowedClaims(CLAIMS, ['roles', 'nickname'])).toStrictEqual({ roles: ['x'], nickname: null })
  })

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])(
    'hold nothing that every object has: %s is no claim [PX-19]',
    (name) => {
      expect(Object.keys(allowedClaims(CLAIMS, [name]))).toEqual([])
    },
  )

  it('hold no claim that a token has in its prototype only [PX-19]', () => {
    const claims = Object.create({ email: 'inherited@b.example' })
    expect(Object.keys(allowedClaims(claims, ['email']))).toEqual([])
  })

  it('take a claim named __proto__ as a name like any other and give no object another prototype [PX-19]', () => {
    const allowed = allowedClaims(CLAIMS, ['__proto__', 'sub'])
    expect(Object.keys(allowed)).toEqual(['__proto__', 'sub'])
    expect(Object.getPrototypeOf(allowed)).toBe(Object.prototype)
    expect(allowed.admin).toBeUndefined()
    expect('admin' in {}).toBe(false)
  })

  it('are a subset of the list and of the claims, for any names [IT-23] [PX-19]', () => {
    const names = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'sub', 'toString'), fc.string())
    fc.assert(
      fc.property(fc.uniqueArray(names), fc.uniqueArray(names), (own, allowList) => {
        const claims = JSON.parse(`{${own.map((name) => `${JSON.stringify(name)}:1`).join()}}`)
        const expected = allowList.filter((name) => own.includes(name))
        expect(Object.keys(allowedClaims(claims, allowList)).toSorted()).toEqual(expected.toSorted())
      }),
    )
  })
})
