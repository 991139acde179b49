import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGateway } from '../../dev/gateway/gateway.ts'
import type { RunningServer } from '../../dev/listen.ts'

const MB = 1024 * 1024

let gateway: RunningServer
let events: APIGatewayProxyEventV2[]
let result: APIGatewayProxyStructuredResultV2
let apiEvents: APIGatewayProxyEventV2[]

beforeAll(async () => {
  const handler = async (event: APIGatewayProxyEventV2) => {
    events.push(event)
    return result
  }
  const apiHandler = async (event: APIGatewayProxyEventV2) => {
    apiEvents.push(event)
    return result
  }
  const routes = [
    { basePath: '/bff', handler },
    { basePath: '/api', handler: apiHandler },
  ]
  gateway = await startGateway(0, new URL('../../dev/spa/', import.meta.url), routes)
})
afterAll(() => gateway.stop())
beforeEach(() => {
  events = []
  apiEvents = []
  result = { statusCode: 200, body: 'ok' }
})

describe('the event that the local gateway makes', () => {
  it('has its path percent-decoded and cut at a decoded question mark, and its query as it came', async () => {
    await send('GET', '/bff/a%20b%2Fc%3Fd?x=%2F&x=2&y=%zz')
    expect(events[0]).toMatchObject({
      version: '2.0',
      rawPath: '/bff/a b/c',
      rawQueryString: 'x=%2F&x=2&y=%zz',
    })
  })

  it('has the path decoded in the same way before the function that calls APIs', async () => {
    await send('GET', '/%61pi/orders/a%20b%2Fc%3Fd?x=%2F')
    expect(apiEvents[0]).toMatchObject({ rawPath: '/api/orders/a b/c', rawQueryString: 'x=%2F' })
    expect(events).toEqual([])
    await send('GET', '/apis/orders')
    expect(apiEvents).toHaveLength(1)
  })

  it('has header names in lower case, repeated headers joined, and cookies apart', async () => {
    await send('GET', '/bff/x', { 'X-Two': ['1', '2'], Cookie: 'a=1; b=2' })
    expect(events[0]?.headers['x-two']).toBe('1,2')
    expect(events[0]?.headers).not.toHaveProperty('cookie')
    expect(events[0]?.cookies).toEqual(['a=1', 'b=2'])
  })

  it.each([
    ['application/json', '{"ü":1}', '{"ü":1}', false],
    ['text/plain', 'plain', 'plain', false],
    ['application/x-www-form-urlencoded', 'a=b', Buffer.from('a=b').toString('base64'), true],
    ['application/octet-stream', '\u0000', Buffer.from('\u0000').toString('base64'), true],
  ])('has a body of %s as API Gateway has it', async (contentType, body, expected, isBase64Encoded) => {
    await send('POST', '/bff/x', { 'Content-Type': contentType }, body)
    expect(events[0]).toMatchObject({ body: expected, isBase64Encoded })
  })
})

describe('the local gateway', () => {
  it('keeps every cookie of a result on a line of its own, and decodes a base64 body', async () => {
    result = {
      statusCode: 201,
      cookies: ['a=1', 'b=2'],
      body: Buffer.from('hello').toString('base64'),
      isBase64Encoded: true,
    }
    const answer = await send('GET', '/bff/x')
    expect(answer).toMatchObject({ status: 201, body: 'hello' })
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2'])
  })

  it('refuses more than 10,240 bytes of request line and headers [SC-07]', async () => {
    const answer = await send('GET', '/bff/x', { Cookie: `a=${'x'.repeat(10_240)}` })
    expect(answer.status).toBe(431)
    expect(events).toEqual([])
  })

  it('refuses a body of more than 10 MB', async () => {
    const answer = await send('POST', '/bff/x', {}, 'x'.repeat(10 * MB + 1))
    expect(answer.status).toBe(413)
    expect(events).toEqual([])
  })

  it.each([
    ['application/octet-stream', 'x'.repeat(4.6 * MB)],
    ['application/json', '"'.repeat(3.1 * MB)],
    ['text/plain', 'ü'.repeat(3.1 * MB)],
  ])('refuses %s that makes an event of more than 6 MB, base64 and escapes counted', async (type, body) => {
    const answer = await send('POST', '/api/orders', { 'Content-Type': type }, body)
    expect(answer).toMatchObject({ status: 413, body: '{"message":"Request Too Long"}' })
    expect(apiEvents).toEqual([])
  })

  it('hands on a body that makes an event of hardly less than 6 MB', async () => {
    await send('POST', '/api/orders', { 'Content-Type': 'text/plain' }, 'x'.repeat(5.99 * MB))
    expect(apiEvents).toHaveLength(1)
  })

  it.each(['x'.repeat(6 * MB), 'ü'.repeat(3.1 * MB)])(
    'answers 502 for a result of more than 6 MB',
    async (body) => {
      result = { statusCode: 200, body }
      expect((await send('GET', '/bff/x')).status).toBe(502)
    },
  )

  it('serves the application for any route of its own, and 404 for a file that is not there', async () => {
    expect((await send('GET', '/orders/7')).body).toContain('<title>Demo application</title>')
    expect((await send('GET', '/style.css')).headers['content-type']).toBe('text/css; charset=utf-8')
    expect((await send('GET', '/missing.js')).status).toBe(404)
    expect((await send('GET', '/..%2f..%2fpackage.json')).status).toBe(404)
  })
})

async function send(
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body = '',
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: gateway.port, method, path, headers },
      async (response) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) })
      },
    )
    sent.on('error', reject).end(body)
  })
}
