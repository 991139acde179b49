import type { Context } from 'hono'
import type { BeginLoginDependencies } from '../../flows/begin-login.ts'
import type { CompleteLoginDependencies } from '../../flows/complete-login.ts'
import type { Call, Log, LogEntry } from '../../flows/ports.ts'
import type { Guard } from './browser-guard.ts'
import type { OurCookies } from './cookies.ts'

/** What the log says of one request, beside what every line has. */
export type RequestLine = Pick<LogEntry, 'event' | 'code' | 'problemStatus' | 'cause' | 'replay' | 'where'>

export interface AppEnvironment {
  Bindings: {
    /** The gateway's own identifier of this request. */
    readonly requestId: string
    /** Epoch milliseconds. */
    readonly deadlineAt: number
  }
  Variables: { line: RequestLine; cookies: OurCookies }
}

export type AppContext = Context<AppEnvironment>
export type Handler = (c: AppContext) => Response | Promise<Response>
/** A handler, and what must be true of a request before it runs. */
export interface Route {
  readonly guard: Guard
  readonly handle: Handler
}
/** Routes by path and method: the whole surface, so that any other path is 404 and any other method 405. */
export type Routes = { readonly [path: string]: { readonly [method: string]: Route } }

/** Everything the HTTP side needs, put together once per process. */
export interface HttpDependencies extends BeginLoginDependencies, CompleteLoginDependencies {
  readonly settings: {
    readonly publicOrigin: string
    readonly basePath: string
    readonly responseMode: 'query' | 'form_post'
    readonly postLogoutRedirectUri: string
    readonly errorPath: string | undefined
  }
  readonly log: Log
}

export function callOf(c: AppContext, deps: Pick<HttpDependencies, 'log'>): Call {
  const { requestId, deadlineAt } = c.env
  return { deadlineAt, record: (event) => deps.log({ level: 'warn', requestId, ...event }) }
}
