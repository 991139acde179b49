import type { LogEventName } from '../../flows/ports.ts'
import type { AppContext, HttpDependencies, RequestLine } from './app-context.ts'
import { linksOf, problemPage } from './pages.ts'
import { type ProblemCause, problemDetails, problemHeaders, problemOf, statusOf } from './problem.ts'

/** Answers a failure as problem details. */
export function refuse(c: AppContext, failure: ProblemCause): Response {
  const { body, status, headers } = problemDetails(failure, c.env.requestId)
  c.set('line', lineOf(failure))
  return c.body(body, status, headers)
}

/**
 * Answers a failure in the shape that the caller can show: a browser that navigates gets the application's error
 * path, or a page; a script gets problem details.
 * @param title heading of the page.
 */
export function refuseNavigation(
  c: AppContext,
  deps: Pick<HttpDependencies, 'settings'>,
  failure: ProblemCause,
  title: string,
): Response {
  if (!isNavigation(c)) return refuse(c, failure)
  const { publicOrigin, errorPath } = deps.settings
  const problem = problemOf(failure, c.env.requestId)
  c.set('line', lineOf(failure))
  if (errorPath !== undefined) {
    const url = new URL(errorPath, publicOrigin)
    url.searchParams.set('error', problem.code)
    url.searchParams.set('id', problem.requestId)
    return c.redirect(url.href, 303)
  }
  return c.body(String(problemPage(title, problem, linksOf(deps.settings))), problem.status, {
    ...problemHeaders(failure, problem),
    'content-type': 'text/html; charset=utf-8',
  })
}

function isNavigation(c: AppContext): boolean {
  const mode = c.req.header('sec-fetch-mode')
  return mode === undefined ? (c.req.header('accept') ?? '').includes('text/html') : mode === 'navigate'
}

/** What the log says of a failure, whatever the browser is answered. */
export function lineOf(failure: ProblemCause): RequestLine {
  return {
    event: eventOf(failure),
    code: failure.code,
    problemStatus: statusOf(failure),
    ...('cause' in failure && failure.cause !== undefined ? { cause: failure.cause } : {}),
    ...('replay' in failure ? { replay: failure.replay } : {}),
  }
}

function eventOf({ code }: ProblemCause): LogEventName {
  if (code === 'unexpected-failure') return code
  return code === 'csrf-rejected' || code === 'session-cookie-repeated' ? 'csrf-rejected' : 'request-refused'
}
