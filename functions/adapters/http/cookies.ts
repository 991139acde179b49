import { serialize } from 'hono/utils/cookie'
import { isRandomToken, type RandomToken } from '../../domain/identifiers.ts'
import { LOGIN_TRANSACTION_SECONDS } from '../../domain/login-transaction.ts'

export const SESSION_COOKIE = '__Host-Http-session'
export const LOGIN_COOKIE_PREFIX = '__Host-Http-login-'
/** Parallel logins in one browser; one more drops the oldest. */
export const MAXIMUM_LOGIN_COOKIES = 7

/** The cookies of a request that are ours. Everything else in the header is no business of ours. */
export interface OurCookies {
  /** Undefined if there is none, or one that we never issued. */
  readonly session: RandomToken | undefined
  /** Two session cookies: neither is believed. */
  readonly sessionRepeated: boolean
  /** By name suffix, oldest first. */
  readonly logins: ReadonlyMap<string, RandomToken>
}

/**
 * Reads the Cookie header. Names are compared byte for byte after stripping space and tab alone: a sibling host can
 * plant a look-alike name with any other white space.
 * @see draft-ietf-httpbis-layered-cookies section 4.1.3
 */
export function readCookies(header: string | undefined): OurCookies {
  const sessions: string[] = []
  const logins = new Map<string, RandomToken>()
  for (const pair of (header ?? '').split(';')) {
    const separator = pair.indexOf('=')
    const name = stripped(pair.slice(0, Math.max(separator, 0)))
    const value = stripped(pair.slice(separator + 1))
    if (name === SESSION_COOKIE) sessions.push(value)
    const suffix = loginSuffix(name)
    if (suffix !== undefined && isRandomToken(value)) logins.set(suffix, value)
  }
  const [session] = sessions
  return {
    session: sessions.length === 1 && session !== undefined && isRandomToken(session) ? session : undefined,
    sessionRepeated: sessions.length > 1,
    logins,
  }
}

function loginSuffix(name: string): string | undefined {
  const suffix = name.startsWith(LOGIN_COOKIE_PREFIX) ? name.slice(LOGIN_COOKIE_PREFIX.length) : ''
  return /^[A-Za-z0-9_-]{8}$/.test(suffix) ? suffix : undefined
}

function stripped(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}

/** `Strict`: no request that another site begins carries it. It lives as long as the browser session. */
const SESSION_ATTRIBUTES = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const

export function sessionCookie(sessionIdentifier: RandomToken): string {
  return serialize(SESSION_COOKIE, sessionIdentifier, SESSION_ATTRIBUTES)
}

export function clearedSessionCookie(): string {
  return serialize(SESSION_COOKIE, '', { ...SESSION_ATTRIBUTES, maxAge: 0 })
}

/** `Lax` comes back on the redirect from the authorization server; a cross-site form post needs `None`. */
function loginAttributes(responseMode: 'query' | 'form_post') {
  const sameSite = responseMode === 'form_post' ? 'None' : 'Lax'
  return { path: '/', secure: true, httpOnly: true, sameSite } as const
}

export function loginCookie(
  suffix: string,
  secret: RandomToken,
  responseMode: 'query' | 'form_post',
): string {
  const attributes = { ...loginAttributes(responseMode), maxAge: LOGIN_TRANSACTION_SECONDS }
  return serialize(LOGIN_COOKIE_PREFIX + suffix, secret, attributes)
}

export function clearedLoginCookie(suffix: string, responseMode: 'query' | 'form_post'): string {
  return serialize(LOGIN_COOKIE_PREFIX + suffix, '', { ...loginAttributes(responseMode), maxAge: 0 })
}

/** The login cookies that must go so that one more keeps within the maximum. */
export function loginCookiesToDrop(logins: ReadonlyMap<string, RandomToken>): string[] {
  return [...logins.keys()].slice(0, Math.max(0, logins.size - MAXIMUM_LOGIN_COOKIES + 1))
}
