import { hopByHop } from './hop-by-hop.ts'
import { isTraceparent } from './trace-context.ts'

export type Header = readonly [name: string, value: string]

/** What is between the browser and us. */
const OUR_OWN = [
  ...['cookie', 'cookie2', 'authorization', 'dpop', 'x-csrf', 'origin', 'referer'],
  ...['host', 'content-length', 'expect'],
]

/** By these an upstream would believe of a request what only an edge that it trusts may say. */
const FORWARDING = [
  ...['forwarded', 'x-real-ip', 'x-client-ip', 'client-ip', 'true-client-ip', 'x-cluster-client-ip'],
  ...['fastly-client-ip', 'wl-proxy-client-ip', 'x-originating-ip', 'x-proxyuser-ip', 'x-host'],
  ...['x-azure-clientip', 'x-azure-socketip', 'x-rewrite-url', 'x-method-override'],
]

/** By these an upstream would believe who is calling. */
const IDENTITY = [
  ...['x-access-token', 'x-id-token', 'x-refresh-token', 'x-serverless-authorization', 'gap-auth'],
  ...['x-email', 'x-groups', 'x-preferred-username', 'x-anonymous-consumer', 'x-endpoint-api-userinfo'],
  ...['x-apigateway-api-userinfo', 'x-jwt-assertion', 'x-client-cert', 'client-cert', 'client-cert-chain'],
  ...['x-arr-clientcert', 'x-arr-ssl'],
]

const RESERVED = new Set([...OUR_OWN, ...FORWARDING, ...IDENTITY])

const RESERVED_BEGINNINGS = [
  ...['sec-', 'access-control-request-', 'proxy-'],
  ...['x-forwarded', 'x-original-', 'x-http-method', 'x-envoy-', 'x-appengine-', 'cf-', 'cloudfront-'],
  ...['x-amz-', 'x-amzn-', 'x-goog-', 'x-ms-client-principal', 'x-ms-token-', 'x-webauth-'],
  ...['remote-', 'x-remote-', 'x-user', 'x-auth', 'x-consumer-', 'x-credential-', 'x-pomerium-', 'x-vouch-'],
  ...['ssl-client-', 'x-ssl-', 'x-client-cert-', 'oidc-', 'shib-', 'iv-', 'sm-', 'tailscale-'],
]

/**
 * Headers that an upstream may be sent as the browser sent them, and those that say where the call comes from. The
 * access token is not among them.
 * @param sourceAddress of whoever called the gateway.
 */
export function forwardedHeaders(received: Headers, sourceAddress: string, publicOrigin: string): Header[] {
  const oneHop = hopByHop([received.get('connection') ?? ''])
  const hasTrace = isTraceparent(received.get('traceparent'))
  const { protocol, host } = new URL(publicOrigin)
  const passing = [...received].filter(([name]) => {
    if (name === 'traceparent' || name === 'tracestate') return hasTrace
    const spelled = spelling(name)
    return !oneHop.has(name) && !oneHop.has(spelled) && !isReserved(spelled)
  })
  return [
    ...passing,
    ['x-forwarded-for', sourceAddress],
    ['x-forwarded-host', host],
    ['x-forwarded-proto', protocol.slice(0, -1)],
  ]
}

/** Servers that make variables of headers take all these characters for one. */
function spelling(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

function isReserved(name: string): boolean {
  return RESERVED.has(name) || RESERVED_BEGINNINGS.some((beginning) => name.startsWith(beginning))
}
