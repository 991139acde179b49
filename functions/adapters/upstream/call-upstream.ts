import { Agent, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as SecureAgent } from 'node:https'
import { urlToHttpOptions } from 'node:url'
import { causeOf, type UpstreamFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { LARGEST_ANSWER_OCTETS } from '../../domain/upstream.ts'
import type { CallUpstream, UpstreamRequest, UpstreamResponse } from '../../flows/call-upstream.ts'
import type { Clock } from '../../flows/ports.ts'

type Answered = Result<UpstreamResponse, UpstreamFailure>

/** Requests that may be repeated, and so may go over a connection that was used before. */
const REPEATABLE = ['GET', 'HEAD']

/**
 * Calls upstreams by node's own client, since `fetch` decompresses. A connection that slept through a freeze of the
 * process is dead: a request that must not be repeated gets a fresh one, any other is repeated on a fresh one.
 */
export function createUpstreamCaller(clock: Clock): CallUpstream {
  const kept = { http: new Agent({ keepAlive: true }), https: new SecureAgent({ keepAlive: true }) }
  return async (request, endsAt) => {
    const milliseconds = endsAt - clock.milliseconds()
    if (milliseconds <= 0) return fail({ code: 'upstream-timeout' })
    const signal = AbortSignal.timeout(milliseconds)
    const agent = request.url.startsWith('https:') ? kept.https : kept.http
    try {
      return REPEATABLE.includes(request.method)
        ? await sendTwice(request, agent, signal)
        : await send(request, false, signal).answered
    } catch (error) {
      return fail(
        signal.aborted
          ? { code: 'upstream-timeout' }
          : { code: 'upstream-unavailable', cause: causeOf(codeOf(error)) },
      )
    }
  }
}

async function sendTwice(request: UpstreamRequest, agent: Agent, signal: AbortSignal): Promise<Answered> {
  const { outgoing, answered } = send(request, agent, signal)
  try {
    return await answered
  } catch (error) {
    const wasDead = outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(String(codeOf(error)))
    if (!wasDead || signal.aborted) throw error
    return send(request, false, signal).answered
  }
}

function send(request: UpstreamRequest, agent: Agent | false, signal: AbortSignal) {
  const { url, method, body } = request
  const target = new URL(url)
  const outgoing = (target.protocol === 'https:' ? requestHttps : requestHttp)({
    ...urlToHttpOptions(target),
    path: url.slice(target.origin.length).replace(/^(?!\/)/, '/'),
    method,
    agent,
    signal,
    headers: Object.fromEntries([...request.headers, ...lengthOf(body)]),
  })
  const answered = new Promise<Answered>((resolve, reject) => {
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => readAnswer(incoming).then(resolve, reject))
    outgoing.on('upgrade', (_incoming, socket) => {
      socket.destroy()
      resolve(fail(UNUSABLE_STATUS))
    })
    outgoing.end(body)
  })
  return { outgoing, answered }
}

/** Node.js leaves it out where a method usually has no body, and the body would be taken for the next request. */
function lengthOf(body: Uint8Array | undefined): [string, string][] {
  return body === undefined ? [] : [['content-length', String(body.length)]]
}

const UNUSABLE_STATUS = { code: 'upstream-unavailable', cause: causeOf('status') } as const

async function readAnswer(incoming: IncomingMessage): Promise<Answered> {
  const refusal = refusalOf(incoming)
  if (refusal !== undefined) {
    incoming.destroy()
    return fail(refusal)
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming) {
    length += chunk.length
    if (length > LARGEST_ANSWER_OCTETS) return fail({ code: 'upstream-response-too-large' })
    chunks.push(chunk)
  }
  return ok({
    status: incoming.statusCode ?? 0,
    headers: pairsOf(incoming.rawHeaders),
    body: Buffer.concat(chunks),
  })
}

function refusalOf({ statusCode = 0, headers }: IncomingMessage): UpstreamFailure | undefined {
  if (statusCode < 200 || statusCode > 599) return UNUSABLE_STATUS
  const isStream = /^\s*text\/event-stream\s*(?:;|$)/i.test(headers['content-type'] ?? '')
  return isStream ? { code: 'streaming-unsupported' } : undefined
}

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? '']] : [],
  )
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
