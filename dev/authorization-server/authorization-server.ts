import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import Provider from 'oidc-provider'
import { listenNear, type RunningServer } from '../listen.ts'
import { type AuthorizationServerOptions, configuration, type LocalClient } from './configuration.ts'
import { handleInteraction } from './interactions.ts'

export interface LocalAuthorizationServer extends RunningServer {
  readonly issuer: string
  readonly provider: Provider
}

const LOOPBACK_URL = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?\//

/**
 * Starts a real OpenID Provider with a login page and a test user, on 127.0.0.1: to the browser that is another site
 * than localhost, as a real one would be. What it knows is gone when it stops.
 * @param port taken if free, else any other.
 */
export async function startAuthorizationServer(
  client: LocalClient,
  port: number,
  options: AuthorizationServerOptions = {},
): Promise<LocalAuthorizationServer> {
  let listener: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end()
  const server: Server = createServer((request, response) => listener(request, response))
  const running = await listenNear(server, port, '127.0.0.1')
  const issuer = `http://127.0.0.1:${running.port}`
  const provider = new Provider(issuer, await configuration(client, options))
  acceptLoopbackRedirects(provider)
  const answer = provider.callback()
  listener = (request, response) => {
    if (request.url?.startsWith('/interaction/')) void handleInteraction(provider, request, response)
    else void answer(request, response)
  }
  return { ...running, issuer, provider }
}

/** Other instances on this machine, and routes of their applications, may log in and out here without registration. */
function acceptLoopbackRedirects(provider: Provider): void {
  provider.Client.prototype.redirectUriAllowed = (uri: string) => LOOPBACK_URL.test(uri)
  provider.Client.prototype.postLogoutRedirectUriAllowed = (uri: string) => LOOPBACK_URL.test(uri)
}
