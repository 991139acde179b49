import {
  type BrowserCall,
  type BrowserCallRefusal,
  refuseBrowserCall,
  refuseFormPost,
} from '../../domain/browser-call.ts'
import type { AppContext } from './app-context.ts'
import type { OurCookies } from './cookies.ts'
import { isForm } from './parameters.ts'
import type { Refusal } from './problem.ts'

/**
 * What a route demands of a browser before its handler runs.
 * - `navigation`: nothing; the handler decides whether it was meant.
 * - `call`: proof that the application sent it.
 * - `call-or-own-form`: the same, or a form of our own origin.
 * - `call-or-foreign-form`: the same, or a form of any origin, as the authorization server posts it.
 * - `none`: nothing, and no cookie is looked at.
 */
export type Guard = 'navigation' | 'call' | 'call-or-own-form' | 'call-or-foreign-form' | 'none'

/** @returns undefined if the request may pass. */
export function refusalBy(guard: Guard, c: AppContext, publicOrigin: string): Refusal | undefined {
  if (guard === 'none') return undefined
  return refusalOf(originRefusal(guard, c, publicOrigin), c.get('cookies'))
}

/** What every call with cookies is refused for, whoever judged where it came from. */
export function refusalOf(
  reason: BrowserCallRefusal | undefined,
  { sessionRepeated }: OurCookies,
): Refusal | undefined {
  if (reason !== undefined) return { code: 'csrf-rejected', reason }
  return sessionRepeated ? { code: 'session-cookie-repeated' } : undefined
}

/** A form that the browser itself posts: no script could have given it the static header. */
export function isPlainForm(c: AppContext): boolean {
  return isForm(c.req.raw) && c.req.header('x-csrf') === undefined
}

function originRefusal(guard: Guard, c: AppContext, publicOrigin: string): BrowserCallRefusal | undefined {
  const isPlain = isPlainForm(c)
  if (guard === 'navigation' || (guard === 'call-or-foreign-form' && isPlain)) return undefined
  const refuse = guard === 'call-or-own-form' && isPlain ? refuseFormPost : refuseBrowserCall
  return refuse(browserCallOf(c), publicOrigin)
}

function browserCallOf(c: AppContext): BrowserCall {
  return {
    method: c.req.method,
    staticHeader: c.req.header('x-csrf'),
    origin: c.req.header('origin'),
    fetchSite: c.req.header('sec-fetch-site'),
  }
}
