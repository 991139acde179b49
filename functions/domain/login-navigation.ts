/** What a browser said of a GET to the login endpoint, in plain facts. An absent header is undefined. */
export interface LoginNavigation {
  /** `Sec-Purpose`, or its older spellings. */
  readonly purpose: string | undefined
  readonly fetchSite: string | undefined
  readonly fetchMode: string | undefined
  readonly fetchDest: string | undefined
  readonly fetchUser: string | undefined
  readonly requestedWith: string | undefined
}

export type LoginIntent = 'start' | 'prefetch' | 'not-a-navigation' | 'ask-first'

/**
 * Whether a person meant to start a login. Piled-up login cookies come from prefetches and background requests,
 * login CSRF from another site's page. A browser too old to say is believed.
 * @see FAPI 2.0 Security Profile section 5.3.3.1 number 12
 */
export function loginIntent(navigation: LoginNavigation): LoginIntent {
  const { purpose, fetchMode, fetchDest, requestedWith } = navigation
  if (purpose !== undefined && /prefetch|prerender|preview/i.test(purpose)) return 'prefetch'
  if (fetchMode !== undefined && fetchMode !== 'navigate') return 'not-a-navigation'
  if (fetchDest !== undefined && fetchDest !== 'document') return 'not-a-navigation'
  if (requestedWith !== undefined) return 'not-a-navigation'
  return fromAnotherSiteUnasked(navigation) ? 'ask-first' : 'start'
}

function fromAnotherSiteUnasked({ fetchSite, fetchUser }: LoginNavigation): boolean {
  return fetchSite !== undefined && !['same-origin', 'none'].includes(fetchSite) && fetchUser !== '?1'
}
