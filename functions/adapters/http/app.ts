import type { Hono } from 'hono'
import type { AppContext, AppEnvironment, HttpDependencies, Resolution, Routes } from './app-context.ts'
import { backchannelLogoutRoutes } from './backchannel-logout-routes.ts'
import { loginRoutes } from './login-routes.ts'
import { refuseNavigation } from './refusals.ts'
import { sessionRoutes } from './session-routes.ts'
import { buildShell } from './shell.ts'

/** What a browser can see of login, session and logout. No other file makes a route. */
export function buildApp(deps: HttpDependencies): Hono<AppEnvironment> {
  const routes = routesOf(deps)
  return buildShell(deps, {
    resolve: (c) => resolve(c, routes),
    refuse: (c, failure, title) => refuseNavigation(c, deps, failure, title),
  })
}

export function routesOf(deps: HttpDependencies): Routes {
  return { ...loginRoutes(deps), ...sessionRoutes(deps), ...backchannelLogoutRoutes(deps) }
}

function resolve({ req: { path, method } }: AppContext, routes: Routes): Resolution {
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (methods === undefined) return { name: 'unknown', refusal: { code: 'not-found' } }
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined
  return route === undefined
    ? { name: path, refusal: { code: 'method-not-allowed', allow: Object.keys(methods) } }
    : { name: `${method} ${path}`, route }
}
