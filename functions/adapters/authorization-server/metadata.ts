import {
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  type AuthorizationServer as Metadata,
  processDiscoveryResponse,
} from 'oauth4webapi'
import { isHttpsOrLoopback } from '../../domain/origin.ts'
import type { OutboundFetch } from './outbound.ts'

/** Metadata with what we cannot do without. */
export interface UsableMetadata extends Metadata {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
}

/** The server's metadata cannot be used; the reason is a word for the log. */
export class UnusableMetadata extends Error {
  override readonly name = 'UnusableMetadata'
  readonly reason: 'issuer-mismatch' | 'endpoint-missing' | 'endpoint-insecure'

  constructor(reason: UnusableMetadata['reason']) {
    super(reason)
    this.reason = reason
  }
}

/**
 * Reads the metadata of an issuer: OpenID Connect Discovery's address first, then RFC 8414's. Nothing of it is used
 * unless its `issuer` is ours, byte for byte.
 * @throws UnusableMetadata, what oauth4webapi throws, or what `fetch` throws.
 * @see OpenID Connect Discovery 1.0 section 4.3
 */
export async function readMetadata(issuer: string, fetchOne: OutboundFetch): Promise<UsableMetadata> {
  const url = new URL(issuer)
  const options = { [customFetch]: fetchOne, [allowInsecureRequests]: isInsecure(url) }
  let response = await discoveryRequest(url, { ...options, algorithm: 'oidc' })
  if (isUnknownAddress(response)) response = await discoveryRequest(url, { ...options, algorithm: 'oauth2' })
  const metadata = await processDiscoveryResponse(url, response)
  if (metadata.issuer !== issuer) throw new UnusableMetadata('issuer-mismatch')
  checkEndpoints(metadata, isInsecure(url))
  return metadata as UsableMetadata
}

function isUnknownAddress({ status }: Response): boolean {
  return status >= 400 && status < 500
}

function checkEndpoints(metadata: Metadata, insecureAllowed: boolean): void {
  const { authorization_endpoint, token_endpoint, jwks_uri } = metadata
  const { revocation_endpoint, end_session_endpoint } = metadata
  const optional = [revocation_endpoint, end_session_endpoint].filter((endpoint) => endpoint !== undefined)
  for (const endpoint of [authorization_endpoint, token_endpoint, jwks_uri, ...optional]) {
    const url = endpoint === undefined ? null : URL.parse(endpoint)
    if (url === null) throw new UnusableMetadata('endpoint-missing')
    const secure = insecureAllowed ? isHttpsOrLoopback(url) : url.protocol === 'https:'
    if (!secure) throw new UnusableMetadata('endpoint-insecure')
  }
}

/** An issuer on plain http, which configuration admits on a loopback host only. */
export function isInsecure(issuer: URL): boolean {
  return issuer.protocol === 'http:'
}
