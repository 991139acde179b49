import { causeOf } from '../../domain/failure.ts'
import { checkSession } from '../../flows/check-session.ts'
import { endSession } from '../../flows/end-session.ts'
import { type AppContext, callOf, type HttpDependencies, type Routes } from './app-context.ts'
import { isPlainForm } from './browser-guard.ts'
import { clearedSessionCookie } from './cookies.ts'
import { refuse, refuseNavigation } from './refusals.ts'

/** What concerns a session that exists, and whether the BFF can look one up. */
export function sessionRoutes(deps: HttpDependencies): Routes {
  const { basePath } = deps.settings
  return {
    [`${basePath}/session`]: { GET: { guard: 'call', handle: (c) => tellSession(c, deps) } },
    [`${basePath}/logout`]: { POST: { guard: 'call-or-own-form', handle: (c) => logOut(c, deps) } },
    [`${basePath}/health`]: { GET: { guard: 'none', handle: (c) => tellHealth(c, deps) } },
  }
}

async function tellSession(c: AppContext, deps: HttpDependencies): Promise<Response> {
  const query = new URL(c.req.url).search.slice(1)
  if (query !== '' && query !== 'peek=1') {
    return refuse(c, { code: 'request-invalid', detail: 'The only parameter is peek=1.' })
  }
  const { session } = c.get('cookies')
  c.set('line', { event: 'session-checked' })
  if (session === undefined) return c.json({ authenticated: false })
  const checked = await checkSession(deps, session, { peek: query === 'peek=1' }, callOf(c, deps))
  if (!checked.ok) return refuse(c, checked.failure)
  return c.json(
    checked.value === undefined ? { authenticated: false } : { authenticated: true, ...checked.value },
  )
}

async function logOut(c: AppContext, deps: HttpDependencies): Promise<Response> {
  const ended = await endSession(deps, c.get('cookies').session, callOf(c, deps))
  if (!ended.ok) return refuseNavigation(c, deps, ended.failure, 'We could not sign you out')
  const { postLogoutRedirectUri, clearSiteData } = deps.settings
  c.set('line', { event: 'session-ended' })
  c.header('set-cookie', clearedSessionCookie())
  if (clearSiteData.length > 0) {
    c.header('clear-site-data', clearSiteData.map((kind) => `"${kind}"`).join(', '))
  }
  const logoutUrl = ended.value.endSessionUrl ?? postLogoutRedirectUri
  return isPlainForm(c) ? c.redirect(logoutUrl, 303) : c.json({ logoutUrl })
}

async function tellHealth(c: AppContext, deps: HttpDependencies): Promise<Response> {
  c.set('line', { event: 'health-checked' })
  if (await deps.sessions.answers()) return c.json({ status: 'ok' })
  return refuse(c, { code: 'session-unavailable', cause: causeOf('health') })
}
