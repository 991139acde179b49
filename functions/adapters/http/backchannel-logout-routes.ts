import { causeOf } from '../../domain/failure.ts'
import {
  acceptBackchannelLogout,
  type BackchannelLogoutFailure,
} from '../../flows/accept-backchannel-logout.ts'
import { type AppContext, callOf, type HttpDependencies, type Routes } from './app-context.ts'
import { formParameters, isForm } from './parameters.ts'

/** Called by the authorization server: no cookie is looked at, and the token in the body is all the proof there is. */
export function backchannelLogoutRoutes(deps: HttpDependencies): Routes {
  if (deps.backchannelLogout === 'off') return {}
  const path = `${deps.settings.basePath}/backchannel-logout`
  return { [path]: { POST: { guard: 'none', handle: (c) => acceptLogout(c, deps) } } }
}

/** @see OpenID Connect Back-Channel Logout 1.0 sections 2.5 and 2.8 */
async function acceptLogout(c: AppContext, deps: HttpDependencies): Promise<Response> {
  const token = await readToken(c)
  if (token === undefined) {
    return refuseLogout(c, { code: 'logout-token-invalid', cause: causeOf('request-malformed') })
  }
  const accepted = await acceptBackchannelLogout(deps, token, callOf(c, deps))
  if (!accepted.ok) return refuseLogout(c, accepted.failure)
  c.set('line', { event: 'backchannel-logout-accepted', sessionsEnded: accepted.value.sessionsEnded })
  return c.body(null, 200)
}

async function readToken(c: AppContext): Promise<string | undefined> {
  if (!isForm(c.req.raw)) return undefined
  const parameters = await formParameters(c.req.raw)
  const tokens = parameters.ok ? parameters.value.filter(([name]) => name === 'logout_token') : []
  return tokens.length === 1 ? tokens[0]?.[1] : undefined
}

/** The server is told 400 in any case; the log tells our own outages from tokens that are wrong. */
function refuseLogout(c: AppContext, { code, cause }: BackchannelLogoutFailure): Response {
  const problemStatus = code === 'logout-token-invalid' ? 400 : 503
  c.set('line', { event: 'backchannel-logout-refused', code, problemStatus, cause })
  return c.json({ error: 'invalid_request' }, 400)
}
