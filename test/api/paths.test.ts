import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway } from '../../dev/gateway/gateway.ts'
import { type ApiUser, signedInUser, startApi, type TestApi } from '../support/api.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/upstream.ts'

let api: TestApi
let user: ApiUser
let neighbour: ScriptedUpstream
beforeAll(async () => {
  neighbour = await startScriptedUpstream()
  const others = [{ name: 'whole-host', target: neighbour.origin }]
  api = await startApi({ targetPath: '/v1/api', others })
  user = await signedInUser(api)
})
afterAll(async () => {
  await api.stop()
  await neighbour.stop()
})

async function targetFor(rawPath: string, rawQuery = ''): Promise<string | undefined> {
  await user.ask('GET', '/', { rawPath, rawQuery })
  return api.upstream.takeCalls()[0]?.target
}

describe('a path as the gateway decoded it', () => {
  it.each([
    ['/api/orders', '/v1/api'],
    ['/api/orders/', '/v1/api/'],
    ['/api/orders/7/lines/', '/v1/api/7/lines/'],
    ['/api/orders//evil.example/x', '/v1/api//evil.example/x'],
    ['/api/orders///', '/v1/api///'],
    ['/api/orders/@evil.example', '/v1/api/@evil.example'],
    ['/api/orders/:8443', '/v1/api/:8443'],
    ['/api/orders/https://evil.example/', '/v1/api/https://evil.example/'],
    ['/api/orders/%2e%2e/admin', '/v1/api/%252e%252e/admin'],
    ['/api/orders/a%2fb', '/v1/api/a%252fb'],
    ['/api/orders/%5c..%5c', '/v1/api/%255c..%255c'],
    ['/api/orders/a?b=c', '/v1/api/a%3Fb=c'],
    ['/api/orders/a#b', '/v1/api/a%23b'],
    ['/api/orders/a;v=1/b', '/v1/api/a;v=1/b'],
    ['/api/orders/two words', '/v1/api/two%20words'],
    ['/api/orders/\uff0e\uff0e/\u2025/\u2215', '/v1/api/%EF%BC%8E%EF%BC%8E/%E2%80%A5/%E2%88%95'],
    ['/api/orders/Zoë', '/v1/api/Zo%C3%AB'],
    ['/api/orders/.../..a/.well-known', '/v1/api/.../..a/.well-known'],
  ])('leads below the target and nowhere else: %j [PX-01] [PX-02]', async (rawPath, target) => {
    expect(await targetFor(rawPath)).toBe(target)
  })

  it.each([
    '/api/orders/..',
    '/api/orders/../admin',
    '/api/orders/a/../../admin',
    '/api/orders/./a',
    '/api/orders/..;/admin',
    '/api/orders/..;v=1/admin',
    '/api/orders/.;',
    '/api/orders/..\\admin',
    '/api/orders\\..\\admin/x',
    '/api/orders/\\evil.example',
    '/api/orders/a\0b',
    '/api/orders/a\r\nx-injected: 1',
    '/api/orders/a\tb',
    '/api/orders/\x7f',
    '/api/orders/\ud800',
  ])('is refused if an upstream could read another in it: %j [PX-02] [PX-13]', async (rawPath) => {
    const answer = await user.ask('GET', '/', { rawPath })
    const refused = rawPath.startsWith('/api/orders/') ? 'request-invalid' : 'not-found'
    expect(answer).toMatchObject({ status: refused === 'not-found' ? 404 : 400, code: refused })
    expect(answer.octets.toString()).not.toContain('admin')
    expect(api.upstream.takeCalls()).toEqual([])
  })

  it('cannot change the host where a target is a whole host [PX-01]', async () => {
    for (const [path, target] of [
      ['', '/?a=b'],
      ['/', '/?a=b'],
      ['//evil.example', '//evil.example?a=b'],
      ['/@evil.example', '/@evil.example?a=b'],
    ]) {
      await user.ask('GET', '/', { rawPath: `/api/whole-host${path}`, rawQuery: 'a=b' })
      expect(neighbour.takeCalls().map((call) => call.target)).toEqual([target])
    }
    await user.ask('GET', '/', { rawPath: '/api/whole-host.evil.example/' })
    await user.ask('GET', '/', { rawPath: '/api/whole-host@evil.example/' })
    expect(neighbour.takeCalls()).toEqual([])
  })
})

describe('a query', () => {
  it.each([
    'a=1&a=2&b',
    '&&=',
    'q=%2F..%2f&r=/../',
    'plus=+&percent=%',
    'broken=%E0%A4%A',
    `marks="<>[]{}|\\^\`'`,
    '?a=b',
  ])('is handed on as it came, never read: %j [PX-15]', async (rawQuery) => {
    expect(await targetFor('/api/orders/x', rawQuery)).toBe(`/v1/api/x?${rawQuery}`)
  })

  it.each(['a=b#c', 'a b', 'a=\r\nx-injected:1', 'a=\t', 'a=ë', 'a=\x7f'])(
    'is refused if it cannot stand in a URL: %j [PX-13]',
    async (rawQuery) => {
      const answer = await user.ask('GET', '/', { rawPath: '/api/orders/x', rawQuery })
      expect(answer).toMatchObject({ status: 400, code: 'request-invalid' })
      expect(api.upstream.takeCalls()).toEqual([])
    },
  )
})

describe('through the local gateway, which decodes paths as API Gateway does,', () => {
  const ask = async (path: string) => {
    const gateway = await startGateway(0, new URL('../../dev/spa/', import.meta.url), [
      { basePath: '/api', handler: api.handler },
    ])
    const cookie = `__Host-Http-session=${user.jar.get('__Host-Http-session')}`
    const headers = { cookie, 'x-csrf': '1', 'sec-fetch-site': 'same-origin' }
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const sent = request({ port: gateway.port, host: '127.0.0.1', path, headers }, async (response) =>
        resolve({ status: response.statusCode, body: await text(response) }),
      )
      sent.on('error', reject).end()
    })
    await gateway.stop()
    return { ...answer, targets: api.upstream.takeCalls().map(({ target }) => target) }
  }

  it.each([
    ['/api/orders/7?a=%2F&a=b', '/v1/api/7?a=%2F&a=b'],
    ['/api/orders/two%20words/Zo%C3%AB', '/v1/api/two%20words/Zo%C3%AB'],
    ['/api/orders/50%25', '/v1/api/50%25'],
    ['/api/orders/%252e%252e/x', '/v1/api/%252e%252e/x'],
    ['/api/orders/a%23b', '/v1/api/a%23b'],
    ['/api/orders/a%2Fb', '/v1/api/a/b'],
    ['/%61pi/%6Frders/x', '/v1/api/x'],
  ])('a path means what the browser meant, but for an encoded slash: %s [PX-02]', async (path, target) => {
    expect(await ask(path)).toMatchObject({ status: 200, targets: [target] })
  })

  it.each([
    '/api/orders/../admin',
    '/api/orders/%2e%2e/admin',
    '/api/orders/.%2E/admin',
    '/api/orders/%2e/x',
    '/api/orders/..%2fadmin',
    '/api/orders/%2E%2E%3b/admin',
    '/api/orders/..%5cadmin',
    '/api/orders/a%00',
    '/api/orders/a%0d%0ax-injected:1',
  ])('a path that leads away is refused, however it is encoded: %s [PX-02]', async (path) => {
    const { status, targets } = await ask(path)
    expect({ status, targets }).toEqual({ status: 400, targets: [] })
  })
})
