import type { Hono } from 'hono'
import { API_PATH, splitApiPath } from '../../domain/api-path.ts'
import type { Upstream } from '../../domain/upstream.ts'
import type { ForwardApiCallDependencies } from '../../flows/forward-api-call.ts'
import { forwardCall } from './api-call.ts'
import type { AppContext, AppEnvironment, Resolution } from './app-context.ts'
import { refuse } from './refusals.ts'
import { buildShell, type ShellDependencies } from './shell.ts'

/** Everything that API calls need, put together once per process. */
export interface ApiDependencies extends ForwardApiCallDependencies, ShellDependencies {
  readonly upstreams: readonly Upstream[]
}

/** What a browser can see of the upstreams. A failure is always problem details: nobody navigates here. */
export function buildApiApp(deps: ApiDependencies): Hono<AppEnvironment> {
  return buildShell(deps, { resolve: (c) => resolve(c, deps), refuse })
}

/** Goes by the path as the gateway decoded it: a URL parser would have resolved its dots. */
function resolve(c: AppContext, deps: ApiDependencies): Resolution {
  const path = splitApiPath(c.env.rawPath)
  const upstream = deps.upstreams.find(({ name }) => name === path?.upstreamName)
  if (path === undefined || upstream === undefined) {
    return { name: 'unknown', refusal: { code: 'not-found' } }
  }
  const name = `${API_PATH}/${upstream.name}`
  const { method } = c.req
  return upstream.methods.includes(method)
    ? {
        name: `${method} ${name}`,
        route: { guard: 'call', handle: () => forwardCall(c, deps, upstream, path.rest) },
      }
    : { name, refusal: { code: 'method-not-allowed', allow: upstream.methods } }
}
