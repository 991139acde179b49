import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../support/bff.ts'
import type { EventChanges } from '../support/events.ts'
import { type Answer, invoke, PUBLIC_ORIGIN } from '../support/visitor.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})
afterAll(() => bff.server.stop())

const entriesOf = ({ json }: Answer) => bff.log.filter(({ requestId }) => requestId === json().requestId)

const MALFORMED: { readonly [flaw: string]: EventChanges } = {
  'a method that is no token': { method: 'GE T' },
  'a line break in a header': { headers: { 'x-custom': 'one\r\nx-injected: two' } },
  'a zero octet in a header': { headers: { 'x-custom': 'a\0b' } },
  'a header without a name': { headers: { '': 'nameless' } },
  'a header with a space in its name': { headers: { 'bad name': 'value' } },
}

describe('a request that cannot be one on the web', () => {
  it.each(Object.entries(MALFORMED))(
    'is a problem of the client, never of ours: %s [CC-17]',
    async (_, changes) => {
      const answer = await invoke(bff.handler, 'fetch', changes)
      expect(answer.status).toBe(400)
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
      })
      expect(answer.json()).toMatchObject({
        type: 'about:blank',
        status: 400,
        code: 'request-invalid',
        requestId: expect.stringMatching(/.+/),
      })
      expect(entriesOf(answer)).toEqual([
        expect.objectContaining({ level: 'info', event: 'request-given-up', code: 'request-invalid' }),
      ])
    },
  )

  it.each([
    '/bff/%2e%2e/%2e%2e/etc/passwd',
    '/bff/%F0%9F%99%82',
    '/bff/%00',
    '/bff/login%3Fx',
    '/bff//login',
  ])('or has a path that is none of ours is answered as any unknown path: %s', async (target) => {
    const answer = await invoke(bff.handler, 'fetch', { target })
    expect(answer.status).toBe(404)
    expect(answer.json()).toMatchObject({ code: 'not-found' })
    expect(entriesOf(answer)).toEqual([expect.objectContaining({ route: 'unknown', status: 404 })])
  })
})

describe('a login', () => {
  it('goes where configuration says, whatever Host and forwarding headers say [AR-14]', async () => {
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example;proto=http',
    }
    const visitor = bff.newVisitor()
    const { location } = await visitor.navigate('/bff/login?returnTo=/orders', { headers })
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(`${PUBLIC_ORIGIN}/bff/callback`)

    const { callbackTarget } = await beginLogin(bff, visitor, '?returnTo=/orders')
    const back = fromAuthorizationServer(visitor)
    const answer = await visitor.navigate(callbackTarget, {
      ...back,
      headers: { ...back.headers, ...headers },
    })
    expect(answer.location).toBe(`${PUBLIC_ORIGIN}/orders`)
    expect(answer.cookies.join('\n')).not.toMatch(/domain|evil/i)
  })
})
