import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'

const STAGE = '$default'

/**
 * Makes the event that an HTTP API sends to Lambda (payload format 2.0), with its quirks: the path percent-decoded
 * and cut at a decoded `?`, header names in lower case, repeated headers joined, cookies apart, and bodies in base64
 * unless they are text.
 */
export function toEvent(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const [target = '', rawQueryString = ''] = splitOnce(request.url ?? '/', '?')
  const rawPath = splitOnce(percentDecoded(target), '?')[0]
  const { cookies, headers } = headersOf(request)
  const isText = /^(?:text\/|application\/(?:json|javascript|xml))/.test(headers['content-type'] ?? '')
  const now = new Date()
  return {
    version: '2.0',
    routeKey: STAGE,
    rawPath,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    requestContext: {
      accountId: '111122223333',
      apiId: 'local',
      domainName: headers.host ?? 'localhost',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: STAGE,
      stage: STAGE,
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}

function headersOf(request: IncomingMessage) {
  const headers: Record<string, string> = Object.create(null)
  const cookies: string[] = []
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase()
    const value = request.rawHeaders[index + 1] ?? ''
    if (name === 'cookie') cookies.push(...value.split(';').map((cookie) => cookie.trim()))
    else headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`
  }
  return { headers, cookies }
}

function percentDecoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator)
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}
