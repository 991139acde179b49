import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js'
import { listenNear, type RunningServer } from '../listen.ts'
import { handleInteraction } from './interactions.ts'
import { findUser } from './users.ts'

export interface LocalClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly authentication: 'client_secret_post' | 'client_secret_basic'
  readonly redirectUri: string
}

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
): Promise<LocalAuthorizationServer> {
  let listener: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end()
  const server: Server = createServer((request, response) => listener(request, response))
  const running = await listenNear(server, port, '127.0.0.1')
  const issuer = `http://127.0.0.1:${running.port}`
  const provider = new Provider(issuer, await configuration(client))
  acceptLoopbackRedirects(provider)
  const answer = provider.callback()
  listener = (request, response) => {
    if (request.url?.startsWith('/interaction/')) void handleInteraction(provider, request, response)
    else void answer(request, response)
  }
  return { ...running, issuer, provider }
}

async function configuration(client: LocalClient): Promise<Configuration> {
  return {
    adapter: createMemoryAdapter(),
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        token_endpoint_auth_method: client.authentication,
        redirect_uris: [client.redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    findAccount: (_, id) => findUser(id),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: grantEverything,
    issueRefreshToken: async (_, registered) => registered.grantTypeAllowed('refresh_token'),
    jwks: { keys: [await signingKey()] },
    pkce: { required: () => true },
    ttl: {
      AccessToken: 300,
      RefreshToken: 86_400,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 300,
      Interaction: 600,
      Session: 86_400,
    },
  }
}

/** The demo application belongs to the same team: nobody is asked whether it may know their name. */
async function grantEverything({ oidc }: KoaContextWithOIDC) {
  const { provider, client, session, params } = oidc
  const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' })
  grant.addOIDCScope(String(params?.scope ?? ''))
  await grant.save()
  return grant
}

async function signingKey() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return {
    ...(await exportJWK(privateKey)),
    alg: 'RS256',
    use: 'sig',
    kid: randomBytes(6).toString('base64url'),
  }
}

/** Other instances on this machine, and routes of their applications, may log in here without registration. */
function acceptLoopbackRedirects(provider: Provider): void {
  provider.Client.prototype.redirectUriAllowed = (uri: string) => LOOPBACK_URL.test(uri)
}
