/** What a browser said of a request, in plain facts. An absent header is undefined. */
export interface BrowserCall {
  readonly method: string
  /** The static request header `X-CSRF`, which no cross-origin page can send without our consent. */
  readonly staticHeader: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
}

export type BrowserCallRefusal = 'static-header-missing' | 'cross-site' | 'foreign-origin' | 'origin-unknown'

/**
 * Whether a call that carries the session cookie came from our own application.
 * @returns undefined if so, else the reason against it.
 * @see RFC 10017 section 6.1.3.3
 */
export function refuseBrowserCall(call: BrowserCall, publicOrigin: string): BrowserCallRefusal | undefined {
  return call.staticHeader === '1' ? refuseOrigin(call, publicOrigin) : 'static-header-missing'
}

/** The same for a form post, which cannot send the static header: it must prove its origin. */
export function refuseFormPost(call: BrowserCall, publicOrigin: string): BrowserCallRefusal | undefined {
  return refuseOrigin({ ...call, method: 'POST' }, publicOrigin)
}

function refuseOrigin(
  { method, origin, fetchSite }: BrowserCall,
  publicOrigin: string,
): BrowserCallRefusal | undefined {
  if (fetchSite !== undefined) {
    if (fetchSite !== 'same-origin') return 'cross-site'
    return origin === undefined || origin === 'null' || origin === publicOrigin ? undefined : 'foreign-origin'
  }
  if (origin !== undefined) return origin === publicOrigin ? undefined : 'foreign-origin'
  return method === 'GET' || method === 'HEAD' ? undefined : 'origin-unknown'
}
