import { createHash } from 'node:crypto'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** Key of a row in the login transactions table; says nothing about the `state` it was made from. */
export type LoginTransactionId = Branded<'LoginTransactionId'>
/** Key of a row in the sessions table; says nothing about the session identifier in the cookie. */
export type SessionRowId = Branded<'SessionRowId'>
/** What the row knows of the login cookie: enough to compare, not enough to forge. */
export type BrowserBinding = Branded<'BrowserBinding'>

/** 32 random octets in base64url: a session identifier, state, nonce, code verifier or login cookie. */
export type RandomToken = Branded<'RandomToken'>

const RANDOM_TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/

export function isRandomToken(value: string): value is RandomToken {
  return RANDOM_TOKEN_FORM.test(value)
}

export function loginTransactionId(state: string): LoginTransactionId {
  return sha256(state) as LoginTransactionId
}

/** Tells the login cookies of parallel logins apart: the callback knows which one belongs to its `state`. */
export function loginCookieSuffix(id: LoginTransactionId): string {
  return id.slice(0, 8)
}

export function sessionRowId(sessionIdentifier: RandomToken): SessionRowId {
  return sha256(sessionIdentifier) as SessionRowId
}

export function browserBinding(loginSecret: RandomToken): BrowserBinding {
  return sha256(`serverless-bff/login-binding/v1\0${loginSecret}`) as BrowserBinding
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
