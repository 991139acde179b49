import { Hono, type MiddlewareHandler } from 'hono'
import { causeOf } from '../../domain/failure.ts'
import type { Clock, Log, LogEntry } from '../../flows/ports.ts'
import type { AppContext, AppEnvironment, HttpSettings, RequestLine, Resolution } from './app-context.ts'
import { refusalBy } from './browser-guard.ts'
import { readCookies } from './cookies.ts'
import { ownHeaders } from './own-headers.ts'
import type { ProblemCause } from './problem.ts'
import { lineOf, refuse } from './refusals.ts'

export interface ShellDependencies {
  readonly settings: HttpSettings
  readonly clock: Clock
  readonly log: Log
}

/** How an application of ours finds its routes, and how it answers what no route of it does. */
export interface Application {
  resolve(c: AppContext): Resolution
  /** @param title heading, if a page is answered. */
  refuse(c: AppContext, failure: ProblemCause, title: string): Response
}

/** What both functions do with every request: log it once, guard its route, answer its failures, set our headers. */
export function buildShell(deps: ShellDependencies, application: Application): Hono<AppEnvironment> {
  const app = new Hono<AppEnvironment>()
  app.use(logEveryRequest(deps, application), sendOwnHeaders(deps.settings.publicOrigin))
  app.all('*', (c) => answer(c, deps, application))
  app.onError((error, c) => answerUnexpected(c, application, error))
  return app
}

/** Routes are found here and not by hono, which would run a GET handler for HEAD. */
function answer(
  c: AppContext,
  deps: ShellDependencies,
  application: Application,
): Response | Promise<Response> {
  const resolution = c.get('resolution')
  if ('refusal' in resolution) return refuse(c, resolution.refusal)
  c.set('cookies', readCookies(c.req.header('cookie')))
  const refusal = refusalBy(resolution.route.guard, c, deps.settings.publicOrigin)
  return refusal === undefined
    ? resolution.route.handle(c)
    : application.refuse(c, refusal, 'This request was refused')
}

function sendOwnHeaders(publicOrigin: string): MiddlewareHandler<AppEnvironment> {
  const headers = Object.entries(ownHeaders(publicOrigin))
  return async function sendHeaders(c, next) {
    await next()
    const ownCaching = c.get('keepsCacheControl') ? 'cache-control' : undefined
    for (const [name, value] of headers) if (name !== ownCaching) c.res.headers.set(name, value)
  }
}

function logEveryRequest(
  deps: ShellDependencies,
  application: Application,
): MiddlewareHandler<AppEnvironment> {
  return async function logRequest(c, next) {
    const startedAt = deps.clock.milliseconds()
    const resolution = application.resolve(c)
    c.set('resolution', resolution)
    await next()
    const line = c.get('line') ?? { event: 'request-answered' }
    deps.log({
      level: levelOf(line, c.res.status),
      ...line,
      requestId: c.env.requestId,
      route: resolution.name,
      status: c.res.status,
      milliseconds: deps.clock.milliseconds() - startedAt,
    })
  }
}

/** An error is what is wrong here: an upstream's own failure, handed on, is none. */
function levelOf({ problemStatus, upstreamStatus }: RequestLine, status: number): LogEntry['level'] {
  return (problemStatus ?? (upstreamStatus === undefined ? status : 200)) >= 500 ? 'error' : 'info'
}

/** A bug or an outage that no flow foresaw. The message of an error may hold anything, so only its name is kept. */
function answerUnexpected(c: AppContext, application: Application, error: Error): Response {
  const failure = { code: 'unexpected-failure' } as const
  const response = application.refuse(c, failure, 'Something went wrong')
  c.set('line', { ...lineOf(failure), ...traceOf(error) })
  return response
}

/** Of an error whose message may hold anything: its name, and where it was thrown. */
export function traceOf(error: Error): Pick<LogEntry, 'cause' | 'where'> {
  return { cause: causeOf(error.name), where: framesOf(error) }
}

function framesOf({ stack = '', message }: Error): string[] {
  const frames = stack.split('\n').slice(message.split('\n').length)
  return frames.slice(0, 5).flatMap((frame) => /([\w.-]+\.(?:ts|js|mjs):\d+):\d+\)?$/.exec(frame)?.[1] ?? [])
}
