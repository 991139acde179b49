import type { UpstreamFailure } from '../domain/failure.ts'
import type { Result } from '../domain/result.ts'

/** One request to an upstream, complete: everything that may not be handed on has been left out. */
export interface UpstreamRequest {
  readonly method: string
  /** Absolute. */
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | undefined
}

/** Its answer as it came: octets, and headers in lower case, repeated ones one by one. */
export interface UpstreamResponse {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/**
 * Sends one request, follows no redirect, decompresses nothing.
 * @param endsAt epoch milliseconds.
 */
export type CallUpstream = (
  request: UpstreamRequest,
  endsAt: number,
) => Promise<Result<UpstreamResponse, UpstreamFailure>>
