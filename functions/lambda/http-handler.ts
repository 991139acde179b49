import middy from '@middy/core'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import type { Hono } from 'hono'
import type { AppEnvironment } from '../adapters/http/app-context.ts'
import { problemResponse } from '../adapters/http/own-headers.ts'
import type { Refusal } from '../adapters/http/problem.ts'
import type { ShellDependencies } from '../adapters/http/shell.ts'
import { causeOf } from '../domain/failure.ts'
import { toRequest, toResult } from './api-gateway.ts'

/** The function and the gateway give up at the same time; every request must be over this much earlier. */
const DEADLINE_MARGIN_MILLISECONDS = 2000
/** The last moment at which an answer still leaves. */
const EARLY_TIMEOUT_MILLISECONDS = 500

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>

/**
 * The Lambda side of the BFF: the event, the deadline, and the last resort. What a browser can see is the
 * application's, which answers its own errors; only what befalls Lambda itself ends here.
 */
export function createHttpHandler(app: Hono<AppEnvironment>, deps: ShellDependencies): HttpHandler {
  const { publicOrigin } = deps.settings

  async function answer(event: APIGatewayProxyEventV2, context: Context) {
    const request = readEvent(event, publicOrigin)
    if (request === undefined)
      return giveUp(event, { code: 'request-invalid', detail: 'The request is malformed.' })
    const deadlineAt =
      deps.clock.milliseconds() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MILLISECONDS
    return toResult(
      await app.fetch(request, {
        requestId: requestIdOf(event),
        deadlineAt,
        rawPath: event.rawPath,
        rawQuery: event.rawQueryString,
        sourceAddress: event.requestContext.http.sourceIp,
      }),
    )
  }

  function giveUp(event: APIGatewayProxyEventV2, refusal: Refusal, error?: unknown) {
    const requestId = requestIdOf(event)
    const level = refusal.code === 'request-invalid' ? 'info' : 'error'
    const cause = causeOf(error instanceof Error ? error.name : refusal.code)
    deps.log({ level, event: 'request-given-up', requestId, code: refusal.code, cause })
    return toResult(problemResponse(refusal, requestId, publicOrigin))
  }

  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
    timeoutEarlyInMillis: EARLY_TIMEOUT_MILLISECONDS,
  })
    .onError(({ event, error }) => {
      const isTimeout = error instanceof Error && error.name === 'TimeoutError'
      return giveUp(event, { code: isTimeout ? 'request-timed-out' : 'unexpected-failure' }, error)
    })
    .handler(answer) as HttpHandler
}

function readEvent(event: APIGatewayProxyEventV2, publicOrigin: string): Request | undefined {
  try {
    return toRequest(event, publicOrigin)
  } catch {
    return undefined
  }
}

function requestIdOf(event: APIGatewayProxyEventV2): string {
  return event.requestContext.requestId
}
