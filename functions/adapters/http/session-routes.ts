import { type BrowserCallRefusal, refuseBrowserCall, refuseFormPost } from '../../domain/browser-call.ts'
import { causeOf } from '../../domain/failure.ts'
import { checkSession } from '../../flows/check-session.ts'
import { endSession } from '../../flows/end-session.ts'
import { type AppContext, browserCallOf, callOf, type HttpDependencies, type Routes } from './app-context.ts'
import { clearedSessionCookie, readCookies } from './cookies.ts'
import { isForm } from './parameters.ts'
import type { ProblemCause } from './problem.ts'
import { refuse, refuseNavigation } from './refusals.ts'

/** What concerns a session that exists, and whether the BFF can look one up. */
export function sessionRoutes(deps: HttpDependencies): Routes {
  const { basePath } = deps.settings
  return {
    [`${basePath}/session`]: { GET: (c) => tellSession(c, deps) },
    [`${basePath}/logout`]: { POST: (c) => logOut(c, deps) },
    [`${basePath}/health`]: { GET: (c) => tellHealth(c, deps) },
  }
}

async function tellSession(c: AppContext, deps: HttpDependencies): Promise<Response> {
  const reason = refuseBrowserCall(browserCallOf(c), deps.settings.publicOrigin)
  if (reason !== undefined) return refuse(c, { code: 'csrf-rejected', reason })
  const query = new URL(c.req.url).search.slice(1)
  if (query !== '' && query !== 'peek=1') {
    return refuse(c, { code: 'request-invalid', detail: 'The only parameter is peek=1.' })
  }
  const cookies = readCookies(c.req.header('cookie'))
  if (cookies.sessionRepeated) return refuse(c, { code: 'session-cookie-repeated' })
  c.set('line', { event: 'session-checked' })
  if (cookies.session === undefined) return c.json({ authenticated: false })
  const checked = await checkSession(deps, cookies.session, { peek: query === 'peek=1' }, callOf(c, deps))
  if (!checked.ok) return refuse(c, checked.failure)
  return c.json(
    checked.value === undefined ? { authenticated: false } : { authenticated: true, ...checked.value },
  )
}

async function logOut(c: AppContext, deps: HttpDependencies): Promise<Response> {
  const byForm = isForm(c.req.raw) && c.req.header('x-csrf') === undefined
  const refuseLogout = (failure: ProblemCause) =>
    byForm ? refuseNavigation(c, deps, failure, 'We could not sign you out') : refuse(c, failure)
  const reason = refusalOfLogout(c, deps, byForm)
  if (reason !== undefined) return refuseLogout({ code: 'csrf-rejected', reason })
  const cookies = readCookies(c.req.header('cookie'))
  if (cookies.sessionRepeated) return refuseLogout({ code: 'session-cookie-repeated' })
  if (cookies.session !== undefined) {
    const ended = await endSession(deps, cookies.session)
    if (!ended.ok) return refuseLogout(ended.failure)
  }
  c.set('line', { event: 'session-ended' })
  c.header('set-cookie', clearedSessionCookie())
  const logoutUrl = deps.settings.postLogoutRedirectUri
  return byForm ? c.redirect(logoutUrl, 303) : c.json({ logoutUrl })
}

function refusalOfLogout(
  c: AppContext,
  { settings }: HttpDependencies,
  byForm: boolean,
): BrowserCallRefusal | undefined {
  return (byForm ? refuseFormPost : refuseBrowserCall)(browserCallOf(c), settings.publicOrigin)
}

async function tellHealth(c: AppContext, deps: HttpDependencies): Promise<Response> {
  c.set('line', { event: 'health-checked' })
  if (await deps.sessions.answers()) return c.json({ status: 'ok' })
  return refuse(c, { code: 'session-unavailable', cause: causeOf('health') })
}
