import type { Context } from 'aws-lambda'
import { callOf, type RequestLine } from '../adapters/http/app-context.ts'
import { refusalOf } from '../adapters/http/browser-guard.ts'
import { readCookies } from '../adapters/http/cookies.ts'
import { lineOf } from '../adapters/http/refusals.ts'
import { traceOf } from '../adapters/http/shell.ts'
import { refuseBrowserCall } from '../domain/browser-call.ts'
import { causeOf } from '../domain/failure.ts'
import { fail } from '../domain/result.ts'
import { type AuthorizeApiCallDependencies, authorizeApiCall } from '../flows/authorize-api-call.ts'
import type { Log } from '../flows/ports.ts'
import {
  type AuthorizerResponse,
  type AuthorizerResult,
  answerGateway,
  type Decision,
  needsPolicy,
} from './authorizer-answer.ts'
import { type AuthorizerEvent, type AuthorizerRequest, readAuthorizerEvent } from './authorizer-event.ts'

export interface AuthorizerDependencies extends AuthorizeApiCallDependencies {
  readonly publicOrigin: string
  readonly response: AuthorizerResponse
  readonly log: Log
}

export type AuthorizerHandler = (
  event: AuthorizerEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<AuthorizerResult>

/** The gateway gives up when the function does; an answer must be on its way this much earlier. */
const DEADLINE_MARGIN_MILLISECONDS = 500

/**
 * A Lambda authorizer: the session cookie of a call that the application sent becomes the access token that the
 * gateway's integrations need. No answer of it reaches the browser, so it can clear no cookie.
 */
export function createAuthorizerHandler(deps: AuthorizerDependencies): AuthorizerHandler {
  return async (event, context) => {
    const startedAt = deps.clock.milliseconds()
    const deadlineAt = startedAt + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MILLISECONDS
    const request = readAuthorizerEvent(event)
    const { decision, line } = await decideAndTell(deps, request, deadlineAt)
    deps.log({
      level: (line.problemStatus ?? 200) >= 500 ? 'error' : 'info',
      ...line,
      requestId: request.requestId,
      route: 'authorizer',
      milliseconds: deps.clock.milliseconds() - startedAt,
    })
    return answerGateway(request, deps.response, decision)
  }
}

interface Told {
  readonly decision: Decision
  readonly line: RequestLine
}

async function decideAndTell(
  deps: AuthorizerDependencies,
  request: AuthorizerRequest,
  deadlineAt: number,
): Promise<Told> {
  try {
    const decision = await decide(deps, request, deadlineAt)
    return { decision, line: decision.ok ? { event: 'session-checked' } : lineOf(decision.failure) }
  } catch (error) {
    const failure = { code: 'unexpected-failure' } as const
    const trace = error instanceof Error ? traceOf(error) : { cause: causeOf(undefined) }
    return { decision: fail(failure), line: { ...lineOf(failure), ...trace } }
  }
}

/** The checks of an API call, in the order in which the `api` function makes them. */
async function decide(
  deps: AuthorizerDependencies,
  request: AuthorizerRequest,
  deadlineAt: number,
): Promise<Decision> {
  const cookies = readCookies(request.cookies)
  const refusal = refusalOf(refuseBrowserCall(request.browserCall, deps.publicOrigin), cookies)
  if (refusal !== undefined) return fail(refusal)
  if (needsPolicy(request, deps.response) && HAS_WILDCARD.test(request.arn)) return fail(NOT_ONE_PATH)
  const call = callOf({ env: { requestId: request.requestId, deadlineAt } }, deps)
  return authorizeApiCall(deps, cookies.session, call)
}

/** What a policy takes for more than itself; a caller can write it into a path. */
const HAS_WILDCARD = /[*?]|\$\{/
const NOT_ONE_PATH = {
  code: 'request-invalid',
  detail: 'A path with a wildcard is not let through.',
} as const
