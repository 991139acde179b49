import { describe, expect, it } from 'vitest'
import { pathUnder, type Upstream, upstreamUrl } from '../../functions/domain/upstream.ts'

const at = (target: string): Upstream => ({
  name: 'orders',
  target,
  methods: ['GET'],
  timeoutMilliseconds: 1000,
  cacheable: false,
})
const ORDERS = at('https://orders.example/v1')
const WHOLE_HOST = at('https://orders.example:8443')

describe('the address of something at an upstream', () => {
  it.each([
    [ORDERS, '', '', 'https://orders.example/v1'],
    [ORDERS, '/', '', 'https://orders.example/v1/'],
    [ORDERS, '/7/lines', 'a=1&a=%2B', 'https://orders.example/v1/7/lines?a=1&a=%2B'],
    [ORDERS, '//evil.example', '', 'https://orders.example/v1//evil.example'],
    [ORDERS, '/@evil.example', '', 'https://orders.example/v1/@evil.example'],
    [ORDERS, '', "'?/../..", "https://orders.example/v1?'?/../.."],
    [WHOLE_HOST, '', 'a', 'https://orders.example:8443?a'],
    [WHOLE_HOST, '//evil.example/', '', 'https://orders.example:8443//evil.example/'],
  ])('begins with the target, whatever path and query say: %#', (upstream, path, query, url) => {
    expect(upstreamUrl(upstream, path, query)).toBe(url)
  })

  it.each([
    [ORDERS, '/..'],
    [ORDERS, '/a/%2e%2E/b'],
    [ORDERS, '/.'],
    [ORDERS, '/a\\b'],
    [ORDERS, '/a?b'],
    [ORDERS, '/a#b'],
    [ORDERS, '/a b'],
    [ORDERS, '/a\n'],
    [ORDERS, '0'],
    [WHOLE_HOST, '.evil.example'],
    [WHOLE_HOST, '1'],
    [WHOLE_HOST, '@evil.example'],
    [at('https://orders.example'), '.evil.example'],
    [at('https://orders.example'), ':8443'],
  ])('is none if it would be another target or read otherwise: %# [PX-01] [PX-02]', (upstream, path) => {
    expect(upstreamUrl(upstream, path, '')).toBeUndefined()
  })
})

const BASE = 'https://orders.example/v1/orders/7?expand=lines'

describe('an address that an upstream gave', () => {
  it.each([
    ['https://orders.example/v1', ''],
    ['https://orders.example/v1/', '/'],
    ['https://orders.example/v1/orders/8?a=b#c', '/orders/8?a=b#c'],
    ['https://ORDERS.example:443/v1/x', '/x'],
    ['//orders.example/v1/x', '/x'],
    ['/v1/orders/8', '/orders/8'],
    ['8', '/orders/8'],
    ['../items', '/items'],
    ['?page=2', '/orders/7?page=2'],
    ['/v1?page=2', '?page=2'],
    ['/v1//evil.example', '//evil.example'],
  ])('under the target is known by the rest: %j [PX-09]', (reference, rest) => {
    expect(pathUnder(ORDERS, reference, BASE)).toBe(rest)
  })

  it.each([
    'https://evil.example/v1/x',
    '//evil.example/v1',
    'http://orders.example/v1/x',
    'https://orders.example:8443/v1/x',
    'https://orders.example.evil.example/v1/x',
    'https://user@orders.example/v1/x',
    'https://orders.example@evil.example/v1/x',
    '/v10/x',
    '/v1x',
    '/',
    '/v2/x',
    '../../x',
    '/v1/../x',
    '/v1/%2e%2e/x',
    '\\\\evil.example/v1',
    'javascript:alert(1)',
    'https://',
  ])('anywhere else leads nowhere: %j [PX-09]', (reference) => {
    expect(pathUnder(ORDERS, reference, BASE)).toBeUndefined()
  })
})
