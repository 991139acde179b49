import { API_PATH } from '../../domain/api-path.ts'
import { pathUnder, type Upstream } from '../../domain/upstream.ts'
import type { UpstreamResponse } from '../../flows/call-upstream.ts'
import { hopByHop } from './hop-by-hop.ts'

/** What an upstream would say to the browser in the name of the application's own origin, or tell of itself. */
const DROPPED = new Set([
  ...['set-cookie', 'set-cookie2', 'clear-site-data', 'set-login', 'service-worker-allowed'],
  ...['strict-transport-security', 'expect-ct', 'alt-svc', 'accept-ch', 'critical-ch', 'timing-allow-origin'],
  ...['x-frame-options', 'referrer-policy', 'permissions-policy', 'x-content-type-options'],
  ...['report-to', 'reporting-endpoints', 'nel', 'refresh', 'sourcemap', 'x-sourcemap'],
  ...['www-authenticate', 'authentication-info', 'content-length'],
  ...['secure-session-registration', 'activate-storage-access', 'speculation-rules', 'document-policy'],
  ...['origin-trial', 'origin-agent-cluster', 'x-sendfile', 'x-generator', 'x-backend-server'],
  ...['server', 'via', 'x-powered-by', 'x-runtime', 'x-aspnet-version', 'x-aspnetmvc-version'],
])
const DROPPED_BEGINNINGS = [
  ...['access-control-', 'content-security-policy', 'cross-origin-', 'public-key-pins'],
  ...['proxy-', 'x-amz-cf-', 'x-amzn-', 'x-accel-'],
]

/** What a cache would go by. */
const CACHING = new Set(['cache-control', 'expires', 'pragma', 'age', 'surrogate-control'])
const CDN_CACHE_CONTROL = /(?:^|-)cdn-cache-control$/

const ADDRESSES = new Set(['location', 'content-location'])

/**
 * Headers of an upstream's answer that the browser may have. An address under the target becomes one of ours, any other
 * is dropped.
 * @param url of the request.
 */
export function answeredHeaders(response: UpstreamResponse, upstream: Upstream, url: string): Headers {
  const oneHop = hopByHop(
    response.headers.filter(([name]) => name === 'connection').map(([, value]) => value),
  )
  const headers = new Headers()
  for (const [name, value] of response.headers) {
    if (oneHop.has(name) || isDropped(name) || (!upstream.cacheable && isAboutCaching(name))) continue
    const handedOn = ADDRESSES.has(name) ? ownAddress(upstream, value, url) : value
    if (handedOn !== undefined) headers.append(name, handedOn)
  }
  if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-store')
  if (upstream.cacheable) headers.append('vary', 'cookie')
  return headers
}

function isDropped(name: string): boolean {
  return DROPPED.has(name) || DROPPED_BEGINNINGS.some((beginning) => name.startsWith(beginning))
}

function isAboutCaching(name: string): boolean {
  return CACHING.has(name) || CDN_CACHE_CONTROL.test(name)
}

function ownAddress(upstream: Upstream, value: string, url: string): string | undefined {
  const path = pathUnder(upstream, value, url)
  return path === undefined ? undefined : `${API_PATH}/${upstream.name}${path}`
}
