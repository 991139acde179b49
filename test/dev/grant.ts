import { createHash, randomBytes } from 'node:crypto'
import type { LocalAuthorizationServer } from '../../dev/authorization-server/authorization-server.ts'
import { type CookieJar, logInAtProvider } from '../support/provider-login.ts'

export const CLIENT = {
  clientId: 'a-client',
  clientSecret: 'a secret between the two servers',
  authentication: 'client_secret_post',
  redirectUri: 'http://localhost:3000/bff/callback',
} as const

export interface TokenAnswer {
  readonly status: number
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly expires_in: number
  readonly error?: string
}

/** The tokens of a login of the test user. */
export async function tokensFrom(
  server: LocalAuthorizationServer,
  jar: CookieJar = new Map(),
): Promise<TokenAnswer> {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: CLIENT.clientId,
    redirect_uri: CLIENT.redirectUri,
    response_type: 'code',
    scope: 'openid profile',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const { parameters } = await logInAtProvider(`${server.issuer}/auth?${query}`, jar)
  return askForTokens(server, {
    grant_type: 'authorization_code',
    code: parameters.get('code') ?? '',
    redirect_uri: CLIENT.redirectUri,
    code_verifier: verifier,
  })
}

export function refresh(server: LocalAuthorizationServer, refreshToken: string): Promise<TokenAnswer> {
  return askForTokens(server, { grant_type: 'refresh_token', refresh_token: refreshToken })
}

async function askForTokens(
  { issuer }: LocalAuthorizationServer,
  form: Record<string, string>,
): Promise<TokenAnswer> {
  const credentials = { client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret }
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, ...credentials }),
  })
  return { ...((await response.json()) as Omit<TokenAnswer, 'status'>), status: response.status }
}
