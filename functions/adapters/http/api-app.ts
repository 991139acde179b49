import type { Hono } from 'hono'
import type { Upstream } from '../../domain/upstream.ts'
import type { AuthorizeApiCallDependencies } from '../../flows/authorize-api-call.ts'
import type { CallUpstream } from '../../flows/call-upstream.ts'
import type { AppEnvironment } from './app-context.ts'
import { refuse } from './refusals.ts'
import { buildShell, type ShellDependencies } from './shell.ts'

/** Everything that API calls need, put together once per process. */
export interface ApiDependencies extends AuthorizeApiCallDependencies, ShellDependencies {
  readonly upstreams: readonly Upstream[]
  readonly callUpstream: CallUpstream
}

export const API_PATH = '/api'

export function buildApiApp(deps: ApiDependencies): Hono<AppEnvironment> {
  return buildShell(deps, {
    resolve: () => ({ name: 'unknown', refusal: { code: 'not-found' } }),
    refuse: (c, failure) => refuse(c, failure),
  })
}
