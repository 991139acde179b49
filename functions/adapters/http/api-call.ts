import { encodeApiPath } from '../../domain/api-path.ts'
import type { Failure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import {
  LARGEST_ANSWER_OCTETS,
  LARGEST_CALL_OCTETS,
  type Upstream,
  upstreamUrl,
} from '../../domain/upstream.ts'
import type { UpstreamRequest, UpstreamResponse } from '../../flows/call-upstream.ts'
import { type ForwardApiCallDependencies, forwardApiCall } from '../../flows/forward-api-call.ts'
import type { Log } from '../../flows/ports.ts'
import { carriedBody } from './answer-body.ts'
import { answeredHeaders } from './answered-headers.ts'
import { type AppContext, callOf, type HttpSettings } from './app-context.ts'
import { clearedSessionCookie } from './cookies.ts'
import { forwardedHeaders, type Header } from './forwarded-headers.ts'
import type { ProblemCause } from './problem.ts'
import { refuse } from './refusals.ts'

interface Dependencies extends ForwardApiCallDependencies {
  readonly settings: HttpSettings
  readonly log: Log
}

/** Sends a call of the application on to an upstream, and its answer back. */
export async function forwardCall(
  c: AppContext,
  deps: Dependencies,
  upstream: Upstream,
  path: string,
): Promise<Response> {
  const request = await readCall(c, deps, upstream, path)
  if (!request.ok) return refuse(c, request.failure)
  const api = { upstream, request: request.value }
  const answered = await forwardApiCall(deps, c.get('cookies').session, api, callOf(c, deps))
  return answered.ok
    ? handOn(c, upstream, request.value.url, answered.value)
    : refuseCall(c, answered.failure)
}

/** The largest request line with its headers that a gateway lets pass, which upstreams take too. */
const LARGEST_HEAD_OCTETS = 10_240

async function readCall(
  c: AppContext,
  deps: Dependencies,
  upstream: Upstream,
  path: string,
): Promise<Result<UpstreamRequest, ProblemCause>> {
  if (asksForStream(c)) return fail({ code: 'streaming-unsupported' })
  const url = urlOf(c, upstream, path)
  if (!url.ok) return url
  const headers = forwardedHeaders(c.req.raw.headers, c.env.sourceAddress, deps.settings.publicOrigin)
  if (headOctets(url.value, headers) > LARGEST_HEAD_OCTETS)
    return invalid('The address or a header is too long.')
  const octets = new Uint8Array(await c.req.arrayBuffer())
  if (octets.length > LARGEST_CALL_OCTETS) return fail({ code: 'request-too-large' })
  return ok({
    method: c.req.method,
    url: url.value,
    headers,
    body: octets.length === 0 ? undefined : octets,
  })
}

function asksForStream(c: AppContext): boolean {
  const accepted = (c.req.header('accept') ?? '').split(',')
  return c.req.header('upgrade') !== undefined || accepted.every(isEventStream)
}

function isEventStream(accepted: string): boolean {
  return accepted.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream'
}

/** Visible ASCII without `#`. */
const QUERY_FORM = /^[!"$-~]*$/

/** The query is handed on as it came: parsed and written again it could mean something else. */
function urlOf(c: AppContext, upstream: Upstream, path: string): Result<string, ProblemCause> {
  if (!QUERY_FORM.test(c.env.rawQuery)) return invalid('The query has a character that must be encoded.')
  const encoded = encodeApiPath(path)
  if (!encoded.ok) return encoded
  const url = upstreamUrl(upstream, encoded.value, c.env.rawQuery)
  return url === undefined ? invalid('The path cannot be handed on.') : ok(url)
}

function headOctets(url: string, headers: readonly Header[]): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length, url.length)
}

function invalid(detail: string) {
  return fail({ code: 'request-invalid', detail } as const)
}

/** Statuses whose answers have no body, whatever came with them. */
const WITHOUT_BODY = [204, 205, 304]

function handOn(c: AppContext, upstream: Upstream, url: string, answer: UpstreamResponse): Response {
  const { status } = answer
  if (isTooLarge(answer.body)) return refuse(c, { code: 'upstream-response-too-large' })
  c.set('line', { event: 'api-call-forwarded', upstream: upstream.name, upstreamStatus: status })
  c.set('keepsCacheControl', true)
  const body = WITHOUT_BODY.includes(status) ? null : Buffer.from(answer.body)
  return new Response(body, { status, headers: answeredHeaders(answer, upstream, url) })
}

/** Base64 takes a third more. What is small enough even so needs no closer look. */
function isTooLarge(octets: Uint8Array): boolean {
  return octets.length > (LARGEST_ANSWER_OCTETS / 4) * 3 && carriedBody(octets).size > LARGEST_ANSWER_OCTETS
}

/** The cookie is cleared if this very call found out that the session is over. */
function refuseCall(c: AppContext, failure: Failure): Response {
  const endedHere = failure.code === 'session-required' && failure.endedHere
  if (endedHere) c.header('set-cookie', clearedSessionCookie())
  return refuse(c, failure)
}
