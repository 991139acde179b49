import {
  type AuthorizationResponse,
  checkResponseIssuer,
  failureOfAuthorizationError,
  type ReceivedParameters,
  readAuthorizationResponse,
} from '../domain/authorization-response.ts'
import { causeOf, type Failure } from '../domain/failure.ts'
import {
  browserBinding,
  type LoginTransactionId,
  loginCookieSuffix,
  loginTransactionId,
  type RandomToken,
  sessionRowId,
} from '../domain/identifiers.ts'
import { type LoginTransaction, openLoginTransaction, whyNotConsumed } from '../domain/login-transaction.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { AuthorizationServer, DiscoveredServer, RedeemedCode } from './authorization-server.ts'
import { openNewSession, type SessionOpened, type SessionOpening } from './open-session.ts'
import type { Call, LoginTransactionStore } from './ports.ts'

export interface CompleteLoginDependencies extends SessionOpening {
  readonly transactions: LoginTransactionStore
  readonly authorizationServer: AuthorizationServer
}

export interface Callback {
  readonly parameters: ReceivedParameters
  /** The login cookies of this browser, by name suffix. */
  readonly loginSecrets: ReadonlyMap<string, RandomToken>
  readonly shownSession: RandomToken | undefined
}

export interface LoginAttempt {
  readonly result: Result<LoginCompleted, Failure>
  /** Suffix of the login cookie that is of no more use; absent if the attempt may be repeated. */
  readonly spentCookie?: string
}

export interface LoginCompleted extends SessionOpened {
  /** Absolute URL of our own origin. */
  readonly returnTo: string
}

/**
 * Completes a login. A response of unsound form uses nothing up; from the moment the transaction is consumed,
 * whatever happens has used it up.
 * @see RFC 9700 sections 4.2.4 and 4.7
 */
export async function completeLogin(
  deps: CompleteLoginDependencies,
  callback: Callback,
  call: Call,
): Promise<LoginAttempt> {
  const response = readAuthorizationResponse(callback.parameters)
  if (!response.ok) return { result: response }
  const id = loginTransactionId(response.value.state)
  const spentCookie = loginCookieSuffix(id)
  const loginSecret = callback.loginSecrets.get(spentCookie)
  if (loginSecret === undefined) return { result: await refuseStranger(deps, id) }

  const server = await deps.authorizationServer.discover(call.deadlineAt)
  if (!server.ok) return { result: server }
  const obstacle = await server.value.whyNotAuthenticated()
  if (obstacle !== undefined) return { result: fail(obstacle) }
  if (!isTimeToRedeem(deps, call)) {
    return { result: fail({ code: 'authorization-server-unavailable', cause: causeOf('deadline') }) }
  }
  const consumed = await consume(deps, id, loginSecret)
  if (!consumed.ok) {
    const mayRepeat = consumed.failure.code === 'session-unavailable'
    return mayRepeat ? { result: consumed } : { result: consumed, spentCookie }
  }
  return {
    result: await redeem(deps, server.value, response.value, consumed.value, callback, call),
    spentCookie,
  }
}

/** Statements after a redemption that its session depends on: it is stored, and indexed. */
const STATEMENTS_AFTER = 2

/** Whether the transaction can be consumed and the code redeemed, with time to store what comes of it. */
function isTimeToRedeem({ longest, clock }: CompleteLoginDependencies, call: Call): boolean {
  const statements = (1 + STATEMENTS_AFTER) * longest.statementMilliseconds
  return call.deadlineAt - clock.milliseconds() >= statements + longest.answerMilliseconds
}

async function refuseStranger(deps: CompleteLoginDependencies, id: LoginTransactionId) {
  const row = await deps.transactions.find(id)
  return row.ok ? fail(whyNotConsumed(row.value, undefined)) : row
}

async function consume(
  deps: CompleteLoginDependencies,
  id: LoginTransactionId,
  loginSecret: RandomToken,
): Promise<Result<LoginTransaction, Failure>> {
  const binding = browserBinding(loginSecret)
  const attempt = deps.entropy.token()
  const consumed = await deps.transactions.consume({ id, binding, attempt, now: deps.clock.now() })
  if (!consumed.ok) return consumed
  if (consumed.value === undefined) {
    const row = await deps.transactions.find(id)
    return row.ok ? fail(whyNotConsumed(row.value, binding)) : row
  }
  const transaction = openLoginTransaction(consumed.value, loginSecret)
  if (transaction !== undefined) return ok(transaction)
  return fail({ code: 'login-transaction-unknown', replay: false, cause: causeOf('unreadable') })
}

async function redeem(
  deps: CompleteLoginDependencies,
  server: DiscoveredServer,
  response: AuthorizationResponse,
  transaction: LoginTransaction,
  callback: Callback,
  call: Call,
): Promise<Result<LoginCompleted, Failure>> {
  const deadlineAt = call.deadlineAt - STATEMENTS_AFTER * deps.longest.statementMilliseconds
  const redeemed = await redeemCode(server, response, transaction, deadlineAt)
  if (!redeemed.ok) return redeemed
  const shown = callback.shownSession === undefined ? [] : [sessionRowId(callback.shownSession)]
  const replaced = new Set(transaction.replaces === undefined ? shown : [transaction.replaces, ...shown])
  const login = { redeemed: redeemed.value, begunAt: transaction.begunAt, replaces: [...replaced] }
  const opened = await openNewSession(deps, server, login, call)
  return opened.ok ? ok({ ...opened.value, returnTo: transaction.returnTo }) : opened
}

async function redeemCode(
  server: DiscoveredServer,
  response: AuthorizationResponse,
  transaction: LoginTransaction,
  deadlineAt: number,
): Promise<Result<RedeemedCode, Failure>> {
  if (transaction.issuer !== server.issuer) {
    return fail({ code: 'authorization-response-invalid', cause: causeOf('issuer-reconfigured') })
  }
  const foreign = checkResponseIssuer(response, { issuer: server.issuer, announced: server.announcesIssuer })
  if (foreign !== undefined) return fail(foreign)
  if ('error' in response.outcome) return fail(failureOfAuthorizationError(response.outcome.error))
  return server.redeemCode(
    {
      code: response.outcome.code,
      state: response.state,
      responseIssuer: response.issuer,
      codeVerifier: transaction.codeVerifier,
      redirectUri: transaction.redirectUri,
      nonce: transaction.nonce,
      maxAgeSeconds: transaction.maxAgeSeconds,
    },
    deadlineAt,
  )
}
