import type { allowInsecureRequests, Client, ClientAuth, customFetch } from 'oauth4webapi'
import type { UsableMetadata } from './metadata.ts'
import type { OutboundFetch } from './outbound.ts'

/** What one request to the server needs: prepared once per call, since the deadline is the caller's. */
export interface Exchange {
  readonly metadata: UsableMetadata
  readonly client: Client
  readonly authenticate: () => Promise<ClientAuth>
  readonly options: { readonly [customFetch]: OutboundFetch; readonly [allowInsecureRequests]: boolean }
  readonly deadlineAt: number
}
