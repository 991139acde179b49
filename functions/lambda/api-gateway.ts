import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { carriedBody } from '../adapters/http/answer-body.ts'

/**
 * Makes a web request of an API Gateway event (payload format 2.0). The origin is the configured one, whatever
 * `Host` says. API Gateway hands over a path that is already percent-decoded, so every segment is encoded anew.
 * @throws TypeError if the event cannot be a web request, such as one with a header value that HTTP does not allow.
 */
export function toRequest(event: APIGatewayProxyEventV2, publicOrigin: string): Request {
  const url = new URL(publicOrigin)
  url.pathname = event.rawPath.toWellFormed().split('/').map(encodeURIComponent).join('/')
  if (event.rawQueryString !== '') url.search = `?${event.rawQueryString}`
  const method = representable(event.requestContext.http.method)
  return new Request(url, { method, headers: toHeaders(event), body: toBody(event, method) })
}

/** A web request cannot have these methods. Under a name that no route has they are refused like any other. */
function representable(method: string): string {
  return /^(?:CONNECT|TRACE|TRACK)$/i.test(method) ? 'UNREPRESENTABLE' : method
}

function toHeaders(event: APIGatewayProxyEventV2): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(event.headers)) {
    if (value !== undefined) headers.set(name, octets(value))
  }
  if (event.cookies !== undefined) headers.set('cookie', octets(event.cookies.join('; ')))
  return headers
}

/** A header holds octets. Another host's cookie with other characters must not cost the user the whole request. */
function octets(text: string): string {
  return Buffer.from(text, 'utf8').length === text.length
    ? text
    : Buffer.from(text, 'utf8').toString('latin1')
}

function toBody(event: APIGatewayProxyEventV2, method: string): Buffer | null {
  if (event.body === undefined || method === 'GET' || method === 'HEAD') return null
  return Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')
}

/** Makes an API Gateway result of a web response. Each cookie keeps a line of its own. */
export async function toResult(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const cookies = response.headers.getSetCookie()
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'))
  const { body, isBase64Encoded } = carriedBody(new Uint8Array(await response.arrayBuffer()))
  return { statusCode: response.status, headers, cookies, body, isBase64Encoded }
}
