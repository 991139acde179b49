import type { Failure } from '../domain/failure.ts'
import {
  browserBinding,
  loginCookieSuffix,
  loginTransactionId,
  type RandomToken,
  sessionRowId,
} from '../domain/identifiers.ts'
import type { LoginOptions } from '../domain/login-options.ts'
import {
  LOGIN_TRANSACTION_SECONDS,
  type LoginTransaction,
  loginTransactionSeal,
} from '../domain/login-transaction.ts'
import { codeChallengeOf, supportsS256 } from '../domain/pkce.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { type ReturnToPolicy, resolveReturnTo } from '../domain/return-to.ts'
import { SEAL_IV_BYTES, seal } from '../domain/sealing.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { Call, Clock, Entropy, LoginTransactionStore } from './ports.ts'

export interface BeginLoginDependencies {
  readonly transactions: LoginTransactionStore
  readonly authorizationServer: AuthorizationServer
  readonly clock: Clock
  readonly entropy: Entropy
  readonly policy: ReturnToPolicy & { readonly redirectUri: string }
}

export interface LoginBegun {
  readonly authorizationUrl: string
  /** Name suffix and value of this login's cookie. */
  readonly cookieSuffix: string
  readonly loginSecret: RandomToken
}

/**
 * Begins one login attempt: everything in it is new and bound to the browser that holds the login cookie.
 * @see RFC 9700 section 2.1.1
 */
export async function beginLogin(
  deps: BeginLoginDependencies,
  options: LoginOptions,
  shownSession: RandomToken | undefined,
  call: Call,
): Promise<Result<LoginBegun, Failure>> {
  const returnTo = resolveReturnTo(options.returnTo, deps.policy)
  if (!returnTo.ok) return returnTo
  const server = await deps.authorizationServer.discover(call.deadlineAt)
  if (!server.ok) return server
  if (!supportsS256(server.value.codeChallengeMethodsSupported)) return fail({ code: 'pkce-unsupported' })

  const state = deps.entropy.token()
  const transaction: LoginTransaction = {
    issuer: server.value.issuer,
    redirectUri: deps.policy.redirectUri,
    codeVerifier: deps.entropy.token(),
    nonce: deps.entropy.token(),
    returnTo: returnTo.value,
    begunAt: deps.clock.milliseconds(),
    ...(options.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: options.maxAgeSeconds }),
    ...(shownSession === undefined ? {} : { replaces: sessionRowId(shownSession) }),
  }
  const loginSecret = deps.entropy.token()
  const stored = await deps.transactions.create(sealedRow(deps, state, loginSecret, transaction))
  if (!stored.ok) return stored
  return ok({
    authorizationUrl: server.value.authorizationUrl({
      state,
      nonce: transaction.nonce,
      codeChallenge: codeChallengeOf(transaction.codeVerifier),
      redirectUri: transaction.redirectUri,
      options,
    }),
    cookieSuffix: loginCookieSuffix(loginTransactionId(state)),
    loginSecret,
  })
}

function sealedRow(
  deps: BeginLoginDependencies,
  state: RandomToken,
  loginSecret: RandomToken,
  transaction: LoginTransaction,
) {
  const expiresAt = Math.floor(transaction.begunAt / 1000) + LOGIN_TRANSACTION_SECONDS
  const key = { id: loginTransactionId(state), expiresAt }
  const iv = deps.entropy.bytes(SEAL_IV_BYTES)
  const sealed = seal(loginSecret, iv, JSON.stringify(transaction), loginTransactionSeal(key))
  return { ...key, binding: browserBinding(loginSecret), sealed }
}
