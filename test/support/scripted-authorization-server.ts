import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { listen } from '../../dev/listen.ts'
import type { TestClock } from './clock.ts'
import { createSigningKey, type SigningKey } from './signing-key.ts'

/** An answer of one endpoint, as the test wants it. */
export interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: { readonly [name: string]: string }
  /** An object is sent as JSON. */
  readonly body?: unknown
}

export interface ReceivedRequest {
  readonly path: string
  readonly method: string
  readonly query: string
  readonly headers: IncomingMessage['headers']
  readonly form: URLSearchParams
  readonly socket: Socket
}

type Script = (
  request: ReceivedRequest,
) => ScriptedAnswer | 'hang' | 'reset' | Promise<ScriptedAnswer | 'hang' | 'reset'>

export interface IdTokenParts {
  header: { [name: string]: unknown }
  claims: { [name: string]: unknown }
}

/** What the user was asked to log in with: the request's parameters, remembered with its code. */
interface IssuedCode {
  readonly request: URLSearchParams
  used: boolean
}

export interface ScriptedServerOptions {
  /** Path of the issuer identifier; the endpoints stay where they are. */
  readonly issuerPath?: string
  /** Serves https with this key and certificate. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export const CLIENT = { id: 'test-client', secret: 'the secret of the test client' } as const

/**
 * An authorization server that does what the standards say, until a test makes it do otherwise: no real one can be
 * made to send a wrong ID token, or to hang.
 */
export async function startScriptedAuthorizationServer(
  clock: TestClock,
  { issuerPath = '', tls }: ScriptedServerOptions = {},
) {
  const requests: ReceivedRequest[] = []
  const codes = new Map<string, IssuedCode>()
  const listener = (request: IncomingMessage, response: ServerResponse) => void receive(request, response)
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  const { port, stop } = await listen(server, 0, '127.0.0.1')
  const origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  const issuer = origin + issuerPath
  const signingKey = await createSigningKey('RS256')

  const scripted = {
    issuer,
    stop,
    requests,
    signingKey,
    /** Members of the metadata; undefined ones are left out. */
    metadata: {} as { [name: string]: unknown },
    keys: [signingKey.publicJwk] as unknown[],
    /** Changes the ID token before it is signed. */
    changeIdToken: (_parts: IdTokenParts): void => {},
    signWith: signingKey as SigningKey,
    /** Members of the token response. */
    tokenResponse: {} as { [name: string]: unknown },
    /** Overrides an endpoint, by path. */
    scripts: {} as { [path: string]: Script | undefined },
    /** Whether a token request comes from our client. */
    authenticatesClient: ({ form }: ReceivedRequest): boolean =>
      form.get('client_id') === CLIENT.id && form.get('client_secret') === CLIENT.secret,
    /** Every token in the order of its issue. */
    issuedTokens: [] as string[],
    metadataDocument: () => metadataOf(origin, issuer, scripted.metadata),
    requestsTo: (path: string) => requests.filter((request) => request.path === path),
    /** The user logs in: returns the code for an authorization request. */
    issueCode(authorizationUrl: string, code = randomBytes(24).toString('base64url')): string {
      codes.set(code, { request: new URL(authorizationUrl).searchParams, used: false })
      return code
    },
  }

  const standard: { [path: string]: Script } = {
    '/.well-known/openid-configuration': () => ({ body: scripted.metadataDocument() }),
    '/jwks': () => ({ body: { keys: scripted.keys } }),
    '/token': (request) => redeem(request),
    '/revoke': () => ({ status: 200, body: '' }),
  }

  async function redeem(request: ReceivedRequest): Promise<ScriptedAnswer> {
    const { form } = request
    const issued = codes.get(form.get('code') ?? '')
    if (!scripted.authenticatesClient(request)) {
      return { status: 401, body: { error: 'invalid_client' } }
    }
    if (issued === undefined || issued.used || !isProved(form, issued.request)) {
      return { status: 400, body: { error: 'invalid_grant' } }
    }
    issued.used = true
    const accessToken = `at-${randomBytes(24).toString('base64url')}`
    return { body: await tokenResponse(accessToken, issued.request) }
  }

  async function tokenResponse(accessToken: string, request: URLSearchParams) {
    const parts: IdTokenParts = {
      header: { alg: scripted.signWith.algorithm, kid: scripted.signWith.publicJwk.kid },
      claims: standardClaims(issuer, request, clock.now()),
    }
    scripted.changeIdToken(parts)
    const refreshToken = `rt-${randomBytes(24).toString('base64url')}`
    const idToken = await scripted.signWith.sign(parts, accessToken)
    scripted.issuedTokens.push(accessToken, refreshToken, idToken)
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 300,
      refresh_token: refreshToken,
      id_token: idToken,
      ...scripted.tokenResponse,
    }
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const received: ReceivedRequest = {
      path: url.pathname,
      method: request.method ?? '',
      query: url.search,
      headers: request.headers,
      form: new URLSearchParams(await text(request)),
      socket: request.socket,
    }
    requests.push(received)
    const script =
      scripted.scripts[url.pathname] ?? standard[url.pathname] ?? (() => ({ status: 404, body: '' }))
    const answer = await script(received)
    if (answer === 'reset') request.socket.resetAndDestroy()
    else if (answer !== 'hang') send(response, answer)
  }

  return scripted
}

export type ScriptedAuthorizationServer = Awaited<ReturnType<typeof startScriptedAuthorizationServer>>

function metadataOf(origin: string, issuer: string, changes: { [name: string]: unknown }) {
  return {
    issuer,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${origin}/jwks`,
    revocation_endpoint: `${origin}/revoke`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    id_token_signing_alg_values_supported: ['RS256'],
    ...changes,
  }
}

function standardClaims(issuer: string, request: URLSearchParams, now: number) {
  return {
    iss: issuer,
    sub: 'user-1',
    aud: CLIENT.id,
    exp: now + 300,
    iat: now,
    auth_time: now,
    nonce: request.get('nonce'),
    name: 'Test User',
    email: 'user@example.com',
  }
}

function isProved(form: URLSearchParams, request: URLSearchParams): boolean {
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  return (
    challenge === request.get('code_challenge') && form.get('redirect_uri') === request.get('redirect_uri')
  )
}

function send(response: ServerResponse, { status = 200, headers, body }: ScriptedAnswer): void {
  const isJson = typeof body === 'object' && body !== null
  response.writeHead(status, { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers })
  response.end(isJson ? JSON.stringify(body) : body)
}
