import { type Cause, causeOf } from '../../domain/failure.ts'
import { acceptBackchannelLogout } from '../../flows/accept-backchannel-logout.ts'
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
  if (token === undefined) return refuseLogout(c, causeOf('request-malformed'))
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

function refuseLogout(c: AppContext, cause: Cause): Response {
  c.set('line', { event: 'backchannel-logout-refused', problemStatus: 400, cause })
  return c.json({ error: 'invalid_request' }, 400)
}
