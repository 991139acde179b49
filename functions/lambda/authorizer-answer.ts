import type { APIGatewayAuthorizerResult } from 'aws-lambda'
import { type ProblemCause, statusOf } from '../adapters/http/problem.ts'
import type { Result } from '../domain/result.ts'
import type { AuthorizedCall } from '../flows/authorize-api-call.ts'
import type { AuthorizerRequest } from './authorizer-event.ts'

export const AUTHORIZER_RESPONSES = ['simple', 'iam'] as const
/** How an HTTP API wants to be answered; a REST API takes policies only. */
export type AuthorizerResponse = (typeof AUTHORIZER_RESPONSES)[number]

interface AuthorizerContext {
  readonly [name: string]: string | number
}

export type AuthorizerResult =
  | { readonly isAuthorized: boolean; readonly context: AuthorizerContext }
  | APIGatewayAuthorizerResult

export type Decision = Result<AuthorizedCall, ProblemCause>

/**
 * Tells the gateway what was decided.
 * @throws Error with the one message that a REST API answers with 401, or with the code of what is unavailable: a gateway
 *   answers 500 then, and nobody takes it for a logout.
 */
export function answerGateway(
  request: AuthorizerRequest,
  response: AuthorizerResponse,
  decision: Decision,
): AuthorizerResult {
  const error = decision.ok ? undefined : errorOf(decision.failure, request)
  if (error !== undefined) throw new Error(error)
  const isAuthorized = decision.ok
  const context = decision.ok ? contextOf(decision.value) : { code: decision.failure.code }
  if (!needsPolicy(request, response)) return { isAuthorized, context }
  const principalId = decision.ok ? decision.value.held.session.subject : 'nobody'
  return { principalId, policyDocument: policyOn(request.arn, isAuthorized), context }
}

export function needsPolicy({ isRest }: AuthorizerRequest, response: AuthorizerResponse): boolean {
  return isRest || response === 'iam'
}

/** Message of the error that takes the place of an answer. */
function errorOf(failure: ProblemCause, { isRest }: AuthorizerRequest): string | undefined {
  const status = statusOf(failure)
  if (status >= 500) return failure.code
  return status === 401 && isRest ? 'Unauthorized' : undefined
}

function contextOf({ accessToken: { value, scope, expiresAt }, held }: AuthorizedCall): AuthorizerContext {
  return {
    accessToken: value,
    sub: held.session.subject,
    ...(scope === undefined ? {} : { scope }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

/** For what was asked and nothing beside it: a policy that a gateway keeps must open no other path. */
function policyOn(arn: string, isAuthorized: boolean) {
  const Effect: 'Allow' | 'Deny' = isAuthorized ? 'Allow' : 'Deny'
  return { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: arn }] }
}
