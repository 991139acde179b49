import { Hono, type MiddlewareHandler } from 'hono'
import { causeOf } from '../../domain/failure.ts'
import type { AppContext, AppEnvironment, Handler, HttpDependencies, Route, Routes } from './app-context.ts'
import { refusalBy } from './browser-guard.ts'
import { readCookies } from './cookies.ts'
import { loginRoutes } from './login-routes.ts'
import { ownHeaders } from './own-headers.ts'
import { lineOf, refuse, refuseNavigation } from './refusals.ts'
import { sessionRoutes } from './session-routes.ts'

/** Everything a browser can see. No other file makes a route. */
export function buildApp(deps: HttpDependencies): Hono<AppEnvironment> {
  const routes = routesOf(deps)
  const app = new Hono<AppEnvironment>()
  app.use(logEveryRequest(deps, routes), sendOwnHeaders(deps.settings.publicOrigin), refuseUnknown(routes))
  for (const [path, methods] of Object.entries(routes)) {
    for (const [method, route] of Object.entries(methods)) app.on(method, path, guarded(route, deps))
  }
  app.onError((error, c) => answerUnexpected(c, deps, error))
  return app
}

export function routesOf(deps: HttpDependencies): Routes {
  return { ...loginRoutes(deps), ...sessionRoutes(deps) }
}

function guarded({ guard, handle }: Route, deps: HttpDependencies): Handler {
  return function guardRoute(c) {
    c.set('cookies', readCookies(c.req.header('cookie')))
    const refusal = refusalBy(guard, c, deps.settings.publicOrigin)
    return refusal === undefined ? handle(c) : refuseNavigation(c, deps, refusal, 'This request was refused')
  }
}

/** Decided before routing: hono would run a GET handler for HEAD. */
function refuseUnknown(routes: Routes): MiddlewareHandler<AppEnvironment> {
  return async function refuseUnknownRoutes(c, next) {
    const methods = Object.hasOwn(routes, c.req.path) ? routes[c.req.path] : undefined
    if (methods === undefined) return refuse(c, { code: 'not-found' })
    if (!Object.hasOwn(methods, c.req.method)) {
      return refuse(c, { code: 'method-not-allowed', allow: Object.keys(methods) })
    }
    return next()
  }
}

function sendOwnHeaders(publicOrigin: string): MiddlewareHandler<AppEnvironment> {
  const headers = ownHeaders(publicOrigin)
  return async function sendHeaders(c, next) {
    await next()
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value)
  }
}

/** One line per request. Path and method are named only if they are ours: anything else is a stranger's text. */
function logEveryRequest(deps: HttpDependencies, routes: Routes): MiddlewareHandler<AppEnvironment> {
  return async function logRequest(c, next) {
    const startedAt = deps.clock.milliseconds()
    await next()
    const line = c.get('line') ?? { event: 'request-answered' }
    deps.log({
      level: (line.problemStatus ?? c.res.status) >= 500 ? 'error' : 'info',
      ...line,
      requestId: c.env.requestId,
      route: routeNameOf(c, routes),
      status: c.res.status,
      milliseconds: deps.clock.milliseconds() - startedAt,
    })
  }
}

function routeNameOf({ req }: AppContext, routes: Routes): string {
  const methods = Object.hasOwn(routes, req.path) ? routes[req.path] : undefined
  if (methods === undefined) return 'unknown'
  return Object.hasOwn(methods, req.method) ? `${req.method} ${req.path}` : req.path
}

/** A bug or an outage that no flow foresaw. The message of an error may hold anything, so only its name is kept. */
function answerUnexpected(c: AppContext, deps: HttpDependencies, error: Error): Response {
  const failure = { code: 'unexpected-failure' } as const
  const response = refuseNavigation(c, deps, failure, 'Something went wrong')
  c.set('line', { ...lineOf(failure), cause: causeOf(error.name), where: framesOf(error) })
  return response
}

function framesOf({ stack = '', message }: Error): string[] {
  const frames = stack.split('\n').slice(message.split('\n').length)
  return frames.slice(0, 5).flatMap((frame) => /([\w.-]+\.(?:ts|js|mjs):\d+):\d+\)?$/.exec(frame)?.[1] ?? [])
}
