import { describe, expect, it } from 'vitest'
import { requestedScope } from '../../functions/domain/scope.ts'

describe('the scope of an authorization request', () => {
  it.each([[undefined], [[]], [['openid']], [['openid', 'offline_access']]])(
    'is what was configured, to the byte, when the server lists %j [AR-15]',
    (supported) => {
      expect(requestedScope('openid orders:read', supported)).toBe('openid orders:read')
    },
  )

  it('asks for offline access when the server does not list its scopes [AR-16]', () => {
    expect(requestedScope(undefined, undefined)).toBe('openid profile email offline_access')
  })

  it('asks for offline access when the server lists it [AR-16]', () => {
    const scope = requestedScope(undefined, ['offline_access', 'openid'])
    expect(scope).toBe('openid profile email offline_access')
  })

  it.each([
    [['openid', 'email', 'phone', 'profile']],
    [[]],
    [['offline_access_2', 'OFFLINE_ACCESS', 'openid offline_access']],
  ])('does not ask for it when the server lists scopes without it: %j [AR-16]', (supported) => {
    expect(requestedScope(undefined, supported)).toBe('openid profile email')
  })

  it('contains openid whenever nothing was configured [AR-11]', () => {
    const scopes = [undefined, [], ['offline_access']].map((supported) =>
      requestedScope(undefined, supported),
    )
    expect(scopes.filter((scope) => !scope.split(' ').includes('openid'))).toEqual([])
  })
})
