import type { ReceivedParameters } from '../../domain/authorization-response.ts'
import { loginIntent } from '../../domain/login-navigation.ts'
import { type LoginOptions, readLoginOptions } from '../../domain/login-options.ts'
import type { Result } from '../../domain/result.ts'
import { beginLogin, type LoginBegun } from '../../flows/begin-login.ts'
import { checkSession } from '../../flows/check-session.ts'
import { completeLogin, type LoginCompleted } from '../../flows/complete-login.ts'
import { type AppContext, callOf, type HttpDependencies, type Routes } from './app-context.ts'
import { clearedLoginCookie, loginCookie, loginCookiesToDrop, sessionCookie } from './cookies.ts'
import { confirmLoginPage, linksOf } from './pages.ts'
import { formParameters, isForm, jsonParameters, queryParameters } from './parameters.ts'
import type { ProblemCause } from './problem.ts'
import { lineOf, refuse, refuseNavigation } from './refusals.ts'

const LOGIN_FAILED = 'We could not sign you in'

/** Login and callback, each as a navigation and as a call of the application. */
export function loginRoutes(deps: HttpDependencies): Routes {
  const { settings } = deps
  return {
    [`${settings.basePath}/login`]: {
      GET: { guard: 'navigation', handle: (c) => navigateToLogin(c, deps) },
      POST: { guard: 'call', handle: (c) => callLogin(c, deps) },
    },
    [`${settings.basePath}/callback`]: {
      GET: { guard: 'navigation', handle: (c) => returnToCallback(c, deps) },
      POST: {
        guard: 'call-or-foreign-form',
        handle: (c) => (isForm(c.req.raw) ? postFormToCallback(c, deps) : callCallback(c, deps)),
      },
    },
  }
}

function navigateToLogin(c: AppContext, deps: HttpDependencies): Response | Promise<Response> {
  const intent = intentOf(c)
  if (intent === 'prefetch') return c.body(null, 204)
  if (intent === 'not-a-navigation') return refuse(c, { code: 'login-not-a-navigation' })
  const options = readLoginOptions(queryParameters(c.req.raw))
  if (!options.ok) return refuseNavigation(c, deps, options.failure, LOGIN_FAILED)
  return intent === 'start' ? redirectToLogin(c, deps, options.value) : confirmLogin(c, deps)
}

async function redirectToLogin(c: AppContext, deps: HttpDependencies, options: LoginOptions) {
  const begun = await startLogin(c, deps, options)
  if (!begun.ok) return failedLogin(c, refuseNavigation(c, deps, begun.failure, LOGIN_FAILED))
  return c.redirect(begun.value.authorizationUrl, 303)
}

function confirmLogin(c: AppContext, { settings }: HttpDependencies): Response {
  const { loginUrl, applicationUrl } = linksOf(settings)
  const sameLogin = `${loginUrl}${new URL(c.req.url).search}`
  return c.html(String(confirmLoginPage({ loginUrl: sameLogin, applicationUrl })))
}

async function callLogin(c: AppContext, deps: HttpDependencies): Promise<Response> {
  const parameters = await jsonParameters(c.req.raw)
  if (!parameters.ok) return refuse(c, parameters.failure)
  const options = readLoginOptions(parameters.value)
  if (!options.ok) return refuse(c, options.failure)
  const begun = await startLogin(c, deps, options.value)
  if (!begun.ok) return failedLogin(c, refuse(c, begun.failure))
  return c.json({ authorizationUrl: begun.value.authorizationUrl })
}

async function startLogin(
  c: AppContext,
  deps: HttpDependencies,
  options: LoginOptions,
): Promise<Result<LoginBegun, ProblemCause>> {
  const cookies = c.get('cookies')
  const begun = await beginLogin(deps, options, cookies.session, callOf(c, deps))
  if (!begun.ok) return begun
  const { responseMode } = deps.settings
  for (const suffix of loginCookiesToDrop(cookies.logins)) {
    c.header('set-cookie', clearedLoginCookie(suffix, responseMode), { append: true })
  }
  const { cookieSuffix, loginSecret } = begun.value
  c.header('set-cookie', loginCookie(cookieSuffix, loginSecret, responseMode), { append: true })
  c.set('line', { event: 'login-begun' })
  return begun
}

async function returnToCallback(c: AppContext, deps: HttpDependencies): Promise<Response> {
  if (intentOf(c) === 'prefetch') return c.body(null, 204)
  return answerNavigation(c, deps, queryParameters(c.req.raw))
}

async function postFormToCallback(c: AppContext, deps: HttpDependencies): Promise<Response> {
  if (deps.settings.responseMode !== 'form_post') return refuse(c, { code: 'content-type-unsupported' })
  const parameters = await formParameters(c.req.raw)
  if (!parameters.ok) return refuseNavigation(c, deps, parameters.failure, LOGIN_FAILED)
  return answerNavigation(c, deps, parameters.value)
}

async function answerNavigation(c: AppContext, deps: HttpDependencies, parameters: ReceivedParameters) {
  const completed = await finishLogin(c, deps, parameters)
  if (completed.ok) return c.redirect(completed.value.returnTo, 303)
  if (await isSignedIn(c, deps)) {
    c.set('line', { ...lineOf(completed.failure), event: 'login-failed-while-signed-in' })
    return c.redirect(`${deps.settings.publicOrigin}/`, 303)
  }
  return failedLogin(c, refuseNavigation(c, deps, completed.failure, LOGIN_FAILED))
}

function failedLogin(c: AppContext, response: Response): Response {
  c.set('line', { ...c.get('line'), event: 'login-failed' })
  return response
}

async function callCallback(c: AppContext, deps: HttpDependencies): Promise<Response> {
  const parameters = await jsonParameters(c.req.raw)
  if (!parameters.ok) return refuse(c, parameters.failure)
  const completed = await finishLogin(c, deps, parameters.value)
  if (!completed.ok) return failedLogin(c, refuse(c, completed.failure))
  const { returnTo, session } = completed.value
  return c.json({ returnTo, session: { authenticated: true, ...session } })
}

async function finishLogin(
  c: AppContext,
  deps: HttpDependencies,
  parameters: ReceivedParameters,
): Promise<Result<LoginCompleted, ProblemCause>> {
  const { logins: loginSecrets, session: shownSession } = c.get('cookies')
  const callback = { parameters, loginSecrets, shownSession }
  const { result, spentCookie } = await completeLogin(deps, callback, callOf(c, deps))
  if (spentCookie !== undefined) {
    c.header('set-cookie', clearedLoginCookie(spentCookie, deps.settings.responseMode), { append: true })
  }
  if (result.ok) {
    c.header('set-cookie', sessionCookie(result.value.sessionIdentifier), { append: true })
    c.set('line', { event: 'login-completed' })
  }
  return result
}

async function isSignedIn(c: AppContext, deps: HttpDependencies): Promise<boolean> {
  const { session } = c.get('cookies')
  if (session === undefined) return false
  const checked = await checkSession(deps, session, { peek: true }, callOf(c, deps))
  return checked.ok && checked.value !== undefined
}

function intentOf(c: AppContext) {
  return loginIntent({
    purpose: c.req.header('sec-purpose') ?? c.req.header('purpose') ?? c.req.header('x-moz'),
    fetchSite: c.req.header('sec-fetch-site'),
    fetchMode: c.req.header('sec-fetch-mode'),
    fetchDest: c.req.header('sec-fetch-dest'),
    fetchUser: c.req.header('sec-fetch-user'),
    requestedWith: c.req.header('x-requested-with'),
  })
}
