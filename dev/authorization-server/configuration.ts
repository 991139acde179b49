import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import type { ClientMetadata, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js'
import { errorPage, pageHeaders, signedOutPage, signOutPage } from './pages.ts'
import { findUser } from './users.ts'

export interface LocalClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly authentication: 'client_secret_post' | 'client_secret_basic'
  readonly redirectUri: string
  /** Where it is told that a user has signed out here; absent: it is not told. */
  readonly backchannelLogoutUri?: string
}

export interface AuthorizationServerOptions {
  /** How long an access token lives. */
  readonly accessTokenSeconds?: number
  /** Whether each use of a refresh token brings a new one; a used one then revokes all that came of it. */
  readonly rotateRefreshToken?: boolean
}

export async function configuration(
  client: LocalClient,
  { accessTokenSeconds = 300, rotateRefreshToken = true }: AuthorizationServerOptions,
): Promise<Configuration> {
  return {
    adapter: createMemoryAdapter(),
    clients: [metadataOf(client)],
    claims: CLAIMS,
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_, by, token) => token.clientId === by.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => show(ctx, signOutPage(form, ctx.oidc.client !== undefined)),
        postLogoutSuccessSource: (ctx) => show(ctx, signedOutPage(ctx.oidc.client !== undefined)),
      },
    },
    fetch: callLoopback,
    findAccount: (_, id) => findUser(id),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: grantEverything,
    issueRefreshToken: async (_, registered) => registered.grantTypeAllowed('refresh_token'),
    jwks: { keys: [await signingKey()] },
    pkce: { required: () => true },
    renderError: (ctx, out) => show(ctx, errorPage(out.error, out.error_description)),
    rotateRefreshToken,
    ttl: { ...LIFETIMES_SECONDS, AccessToken: accessTokenSeconds },
  }
}

const CLAIMS = {
  openid: ['sub'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale'],
  email: ['email', 'email_verified'],
}

const LIFETIMES_SECONDS = {
  RefreshToken: 86_400,
  AuthorizationCode: 60,
  Grant: 86_400,
  IdToken: 300,
  Interaction: 600,
  Session: 86_400,
}

function metadataOf(client: LocalClient): ClientMetadata {
  const { backchannelLogoutUri: uri } = client
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    token_endpoint_auth_method: client.authentication,
    redirect_uris: [client.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...(uri === undefined ? {} : { backchannel_logout_uri: uri, backchannel_logout_session_required: true }),
  }
}

/** The demo application belongs to the same team: nobody is asked whether it may know their name. */
async function grantEverything({ oidc }: KoaContextWithOIDC) {
  const { provider, client, session, params } = oidc
  const clientId = client?.clientId ?? ''
  const grantId = session?.grantIdFor(clientId)
  const given = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant = given ?? new provider.Grant({ clientId, accountId: session?.accountId ?? '' })
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

/** The library's own dispatcher refuses connections to loopback addresses, where everything here is. */
function callLoopback(url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const { dispatcher: _, ...rest } = init
  return fetch(url, rest)
}

function show(ctx: KoaContextWithOIDC, page: string): void {
  ctx.set(pageHeaders)
  ctx.body = page
}
