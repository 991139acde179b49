import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

/**
 * Makes a web request of an API Gateway event (payload format 2.0). The origin is the configured one, whatever
 * `Host` says. API Gateway hands over a path that is already percent-decoded, so every segment is encoded anew.
 * @throws TypeError if the event cannot be a web request, such as one with a forbidden method or header value.
 */
export function toRequest(event: APIGatewayProxyEventV2, publicOrigin: string): Request {
  const url = new URL(publicOrigin)
  url.pathname = event.rawPath.toWellFormed().split('/').map(encodeURIComponent).join('/')
  if (event.rawQueryString !== '') url.search = `?${event.rawQueryString}`
  const { method } = event.requestContext.http
  return new Request(url, { method, headers: toHeaders(event), body: toBody(event, method) })
}

function toHeaders(event: APIGatewayProxyEventV2): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(event.headers)) {
    if (value !== undefined) headers.set(name, value)
  }
  if (event.cookies !== undefined) headers.set('cookie', event.cookies.join('; '))
  return headers
}

function toBody(event: APIGatewayProxyEventV2, method: string): Buffer | null {
  if (event.body === undefined || method === 'GET' || method === 'HEAD') return null
  return Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')
}

/** Makes an API Gateway result of a web response with a text body. Each cookie keeps a line of its own. */
export async function toResult(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const cookies = response.headers.getSetCookie()
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'))
  return {
    statusCode: response.status,
    headers,
    cookies,
    body: await response.text(),
    isBase64Encoded: false,
  }
}
