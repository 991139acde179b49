import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import type { HttpHandler } from '../../functions/lambda/http-handler.ts'
import { listen, type RunningServer } from '../listen.ts'
import { toEvent } from './event.ts'
import { serveFile } from './static-files.ts'

/** Limits of an HTTP API, and of what Lambda takes and answers, base64 counted. */
const MAXIMUM_REQUEST_HEAD_BYTES = 10_240
const MAXIMUM_REQUEST_BODY_BYTES = 10 * 1024 * 1024
const MAXIMUM_PAYLOAD_BYTES = 6 * 1024 * 1024
const FUNCTION_TIMEOUT_MILLISECONDS = 29_000

export interface GatewayRoute {
  readonly basePath: string
  readonly handler: HttpHandler
}

/**
 * What CloudFront and API Gateway do for a deployed BFF: paths under a base path go to a Lambda handler as payload 2.0
 * events, anything else is a file of the application. Routes may be added after it listens, since their
 * configuration needs the port.
 */
export async function startGateway(
  port: number,
  filesFolder: URL,
  routes: readonly GatewayRoute[],
): Promise<RunningServer> {
  const server = createServer({ maxHeaderSize: 4 * MAXIMUM_REQUEST_HEAD_BYTES }, (request, response) => {
    forward(request, response, filesFolder, routes).catch(() =>
      answer(response, 500, 'Internal Server Error'),
    )
  })
  return listen(server, port, '127.0.0.1')
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  filesFolder: URL,
  routes: readonly GatewayRoute[],
): Promise<void> {
  if (headBytes(request) > MAXIMUM_REQUEST_HEAD_BYTES) {
    return answer(response, 431, 'Request Header Fields Too Large')
  }
  const body = await readBody(request)
  if (body === undefined) return answer(response, 413, 'Request Entity Too Large')
  const event = toEvent(request, body)
  const route = routes.find(({ basePath }) => `${event.rawPath}/`.startsWith(`${basePath}/`))
  if (route === undefined) return serveFile(request, response, filesFolder)
  if (!isCarried(event)) return answer(response, 413, 'Request Too Long')
  const result = await route.handler(event, lambdaContext(event.requestContext.requestId))
  if (!isCarried(result)) return answer(response, 502, 'Internal Server Error')
  return deliver(response, result)
}

function isCarried(payload: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(payload)) <= MAXIMUM_PAYLOAD_BYTES
}

function headBytes(request: IncomingMessage): number {
  const line = `${request.method} ${request.url} HTTP/1.1`
  return [line, ...request.rawHeaders].reduce((sum, part) => sum + Buffer.byteLength(part) + 2, 0)
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length <= MAXIMUM_REQUEST_BODY_BYTES) chunks.push(chunk)
  }
  return length <= MAXIMUM_REQUEST_BODY_BYTES ? Buffer.concat(chunks) : undefined
}

/** The part of a Lambda context that a handler can rely on. */
export function lambdaContext(awsRequestId: string, milliseconds = FUNCTION_TIMEOUT_MILLISECONDS): Context {
  const endsAt = Date.now() + milliseconds
  return {
    awsRequestId,
    functionName: 'local',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:local',
    memoryLimitInMB: '1024',
    logGroupName: 'local',
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => endsAt - Date.now(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  }
}

function deliver(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  const cookies = result.cookies?.length ? { 'set-cookie': result.cookies } : {}
  const headers = Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)])
  response.writeHead(result.statusCode ?? 200, { ...Object.fromEntries(headers), ...cookies })
  response.end(Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8'))
}

function answer(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
}
