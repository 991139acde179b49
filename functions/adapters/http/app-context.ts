import type { Context } from 'hono'
import type { AcceptBackchannelLogoutDependencies } from '../../flows/accept-backchannel-logout.ts'
import type { BeginLoginDependencies } from '../../flows/begin-login.ts'
import type { CheckSessionDependencies } from '../../flows/check-session.ts'
import type { CompleteLoginDependencies } from '../../flows/complete-login.ts'
import type { EndSessionDependencies } from '../../flows/end-session.ts'
import type { Call, FlowEvent, Log, LogEntry } from '../../flows/ports.ts'
import type { Guard } from './browser-guard.ts'
import type { OurCookies } from './cookies.ts'
import type { Refusal } from './problem.ts'

/** What the log says of one request, beside what every line has. */
export type RequestLine = Pick<
  LogEntry,
  | 'event'
  | 'code'
  | 'problemStatus'
  | 'cause'
  | 'replay'
  | 'where'
  | 'upstream'
  | 'upstreamStatus'
  | 'sessionsEnded'
>

export interface AppEnvironment {
  Bindings: {
    /** The gateway's own identifier of this request. */
    readonly requestId: string
    /** Epoch milliseconds. */
    readonly deadlineAt: number
    /** The path as the gateway decoded it, and the query as it came. */
    readonly rawPath: string
    readonly rawQuery: string
    /** Address of whoever called the gateway. */
    readonly sourceAddress: string
  }
  Variables: {
    resolution: Resolution
    line: RequestLine
    cookies: OurCookies
    /** Set if an answer brings a `Cache-Control` of its own. */
    keepsCacheControl: boolean
  }
}

export type AppContext = Context<AppEnvironment>
export type Handler = (c: AppContext) => Response | Promise<Response>
/** A handler, and what must be true of a request before it runs. */
export interface Route {
  readonly guard: Guard
  readonly handle: Handler
}
/** What a request asks for, under a name for the log that is ours: anything else is a stranger's text. */
export type Resolution = { readonly name: string } & (
  | { readonly route: Route }
  | { readonly refusal: Refusal }
)
/** Routes by path and method: the whole surface, so that any other path is 404 and any other method 405. */
export type Routes = { readonly [path: string]: { readonly [method: string]: Route } }

/** What is configured of the HTTP side. */
export interface HttpSettings {
  readonly publicOrigin: string
  readonly basePath: string
  readonly responseMode: 'query' | 'form_post'
  readonly postLogoutRedirectUri: string
  readonly errorPath: string | undefined
  readonly clearSiteData: readonly string[]
}

/** Everything that login, session and logout need, put together once per process. */
export interface HttpDependencies
  extends BeginLoginDependencies,
    CompleteLoginDependencies,
    CheckSessionDependencies,
    EndSessionDependencies,
    AcceptBackchannelLogoutDependencies {
  readonly settings: HttpSettings
  readonly log: Log
}

const LEVELS: { readonly [event in FlowEvent['event']]?: LogEntry['level'] } = {
  'session-refreshed': 'info',
  'refresh-conflict': 'info',
  'grant-ended': 'info',
  'refreshed-tokens-not-stored': 'error',
  'refreshed-id-token-wrong': 'error',
}

type CallBindings = Pick<AppEnvironment['Bindings'], 'requestId' | 'deadlineAt'>

export function callOf(c: { readonly env: CallBindings }, deps: Pick<HttpDependencies, 'log'>): Call {
  const { requestId, deadlineAt } = c.env
  return {
    deadlineAt,
    record: (event) => deps.log({ level: LEVELS[event.event] ?? 'warn', requestId, ...event }),
  }
}
