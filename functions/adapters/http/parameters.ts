import type { ReceivedParameters } from '../../domain/authorization-response.ts'
import { hasRepeatedMember, isJsonObject } from '../../domain/json-members.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import type { Refusal } from './problem.ts'

/** No authorization response or login comes near it. */
const LARGEST_BODY_BYTES = 64 * 1024

export function queryParameters(request: Request): ReceivedParameters {
  return [...new URL(request.url).searchParams]
}

export function isForm(request: Request): boolean {
  return mediaType(request) === 'application/x-www-form-urlencoded'
}

export async function formParameters(request: Request): Promise<Result<ReceivedParameters, Refusal>> {
  const body = await readBody(request)
  return body.ok ? ok([...new URLSearchParams(body.value)]) : body
}

/** Reads a flat JSON object, each name once, as the parameters that a query would have. */
export async function jsonParameters(request: Request): Promise<Result<ReceivedParameters, Refusal>> {
  if (mediaType(request) !== 'application/json') return fail({ code: 'content-type-unsupported' })
  const body = await readBody(request)
  if (!body.ok) return body
  const members = membersOf(body.value)
  if (members === undefined) return invalid('The body is not a JSON object.')
  if (hasRepeatedMember(body.value)) return invalid('The body has a member more than once.')
  if (!members.every(isPlain)) return invalid('The body has a member that is not a string or a number.')
  return ok(members.map(([name, value]) => [name, String(value)]))
}

function membersOf(json: string): [string, unknown][] | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isJsonObject(value) ? Object.entries(value) : undefined
  } catch {
    return undefined
  }
}

function isPlain([, value]: [string, unknown]): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

async function readBody(request: Request): Promise<Result<string, Refusal>> {
  const bytes = Buffer.from(await request.arrayBuffer())
  return bytes.length > LARGEST_BODY_BYTES ? fail({ code: 'request-too-large' }) : ok(bytes.toString('utf8'))
}

function mediaType(request: Request): string | undefined {
  return request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
}

function invalid(detail: string) {
  return fail({ code: 'request-invalid', detail } as const)
}
