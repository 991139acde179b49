import type { ApiDependencies } from '../adapters/http/api-app.ts'
import { createUpstreamCaller } from '../adapters/upstream/call-upstream.ts'
import { composeShared, type Surroundings } from './composition.ts'
import type { Settings } from './settings.ts'

/** Puts together what the `api` function needs: it can neither log in nor out. */
export function composeApi(settings: Settings, surroundings: Surroundings = {}): ApiDependencies {
  const { shared } = composeShared(settings, surroundings)
  return {
    ...shared,
    upstreams: settings.upstreams,
    callUpstream: createUpstreamCaller(shared.clock),
    settings,
  }
}
