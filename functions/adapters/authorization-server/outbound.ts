import { isHttpsOrLoopback } from '../../domain/origin.ts'
import type { Clock } from '../../flows/ports.ts'

/** A request to the authorization server that we gave up, with the reason as a word for the log. */
export class OutboundRefusal extends Error {
  override readonly name = 'OutboundRefusal'
  readonly reason: 'timeout' | 'response-too-large' | 'insecure-url'

  constructor(reason: OutboundRefusal['reason']) {
    super(reason)
    this.reason = reason
  }
}

export interface OutboundRequest {
  readonly method?: string
  readonly headers: Record<string, string>
  readonly body?: URLSearchParams | string | Uint8Array | ReadableStream | null | undefined
}

export type OutboundFetch = (url: string, request: OutboundRequest) => Promise<Response>

const LARGEST_RESPONSE_BYTES = 1024 * 1024

/**
 * A `fetch` that is fit for a frozen and thawed process: it ends before the deadline, follows no redirect, reads a
 * bounded body, and uses a connection of its own (one that slept through a freeze is dead, and a code must not be
 * sent twice).
 * @param deadlineAt epoch milliseconds.
 * @throws OutboundRefusal, or what `fetch` throws if there is no connection.
 */
export function createOutboundFetch(clock: Clock, timeoutMilliseconds: number) {
  return (deadlineAt: number): OutboundFetch =>
    async (url, { method = 'GET', headers, body = null }) => {
      if (!isHttpsOrLoopback(new URL(url))) throw new OutboundRefusal('insecure-url')
      const milliseconds = Math.min(timeoutMilliseconds, deadlineAt - clock.milliseconds())
      if (milliseconds <= 0) throw new OutboundRefusal('timeout')
      const signal = AbortSignal.timeout(milliseconds)
      try {
        const ownConnection = { ...headers, connection: 'close' }
        const response = await fetch(url, {
          method,
          headers: ownConnection,
          body,
          redirect: 'manual',
          signal,
        })
        const { status, headers: answered } = response
        return new Response(await readBounded(response), { status, headers: answered })
      } catch (error) {
        throw signal.aborted ? new OutboundRefusal('timeout') : error
      }
    }
}

async function readBounded(response: Response): Promise<Buffer | null> {
  if (response.body === null) return null
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    length += chunk.length
    if (length > LARGEST_RESPONSE_BYTES) throw new OutboundRefusal('response-too-large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
