import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { lambdaContext } from '../../dev/gateway/gateway.ts'
import type { HttpHandler } from '../../functions/lambda/http-handler.ts'
import { type EventChanges, eventOf } from './events.ts'
import { witnessCookies, witnessJson, witnessParameters } from './witness.ts'

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  /** Set-Cookie headers. */
  readonly cookies: readonly string[]
  readonly body: string
  json<T = { [name: string]: unknown }>(): T
  readonly location: string
}

/** A browser, as far as the BFF can tell: it keeps cookies and sends what browsers send. */
export interface Visitor {
  readonly jar: Map<string, string>
  navigate(target: string, changes?: EventChanges): Promise<Answer>
  call(method: string, target: string, changes?: EventChanges): Promise<Answer>
  callJson(target: string, body: unknown, changes?: EventChanges): Promise<Answer>
  postForm(target: string, form: URLSearchParams, changes?: EventChanges): Promise<Answer>
}

export function createVisitor(handler: HttpHandler): Visitor {
  const jar = new Map<string, string>()

  async function send(kind: 'navigation' | 'fetch', changes: EventChanges): Promise<Answer> {
    const cookies = [...jar].map(([name, value]) => `${name}=${value}`)
    const answer = await invoke(handler, kind, { cookies, ...changes })
    for (const cookie of answer.cookies) keep(jar, cookie)
    return answer
  }

  return {
    jar,
    navigate: (target, changes = {}) => send('navigation', { target, ...changes }),
    call: (method, target, changes = {}) =>
      send('fetch', { method, target, ...changes, headers: { ...originOf(method), ...changes.headers } }),
    callJson: (target, body, changes = {}) =>
      send('fetch', {
        method: 'POST',
        target,
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...changes,
        headers: { ...originOf('POST'), 'content-type': 'application/json', ...changes.headers },
      }),
    postForm: (target, form, changes = {}) =>
      send('navigation', {
        method: 'POST',
        target,
        body: Buffer.from(form.toString()).toString('base64'),
        isBase64Encoded: true,
        ...changes,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...changes.headers },
      }),
  }
}

export const PUBLIC_ORIGIN = 'https://app.example.com'

function originOf(method: string): { origin?: string } {
  return method === 'GET' ? {} : { origin: PUBLIC_ORIGIN }
}

function keep(jar: Map<string, string>, cookie: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
  if (/;\s*Max-Age=0(?:;|$)/i.test(cookie)) jar.delete(name)
  else jar.set(name, value)
}

/** Calls the Lambda handler with an event; what is secret in question and answer is witnessed. */
export async function invoke(
  handler: HttpHandler,
  kind: 'navigation' | 'fetch',
  changes: EventChanges,
): Promise<Answer> {
  const event = eventOf(kind, changes)
  witnessParameters(new URLSearchParams(event.rawQueryString))
  witnessCookies(event.cookies ?? [])
  if (event.body !== undefined) {
    witnessJson(Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8').toString())
  }
  const result = await handler(event, lambdaContext(event.requestContext.requestId))
  return witnessed(toAnswer(result))
}

function toAnswer(result: APIGatewayProxyStructuredResultV2): Answer {
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
  const body = result.body ?? ''
  return {
    status: result.statusCode ?? 200,
    headers,
    cookies: result.cookies ?? [],
    body,
    json: () => JSON.parse(body),
    location: headers.location ?? '',
  }
}

function witnessed(answer: Answer): Answer {
  witnessCookies(answer.cookies)
  const url = URL.parse(answer.location || (/"authorizationUrl":"([^"]+)"/.exec(answer.body)?.[1] ?? ''))
  if (url !== null) witnessParameters(url.searchParams)
  return answer
}
