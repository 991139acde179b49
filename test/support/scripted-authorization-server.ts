import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { listen } from '../../dev/listen.ts'
import type { TestClock } from './clock.ts'
import { createGrants } from './scripted-grants.ts'
import { createSigningKey, type SigningKey } from './signing-key.ts'
import { witnessSecrets } from './witness.ts'

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
  const grants = createGrants(() => scripted, clock)
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
    /** Whether a refresh brings a new refresh token. A used one that comes again ends the grant. */
    rotatesRefreshTokens: true,
    /** Tokens that were revoked. */
    revoked: [] as string[],
    /** Every token in the order of its issue. */
    issuedTokens: [] as string[],
    metadataDocument: () => metadataOf(origin, issuer, scripted.metadata),
    requestsTo: (path: string) => requests.filter((request) => request.path === path),
    standardClaims: (request: URLSearchParams) => standardClaims(issuer, request, clock.now()),
    issueCode: grants.issueCode,
    /** A logout token for whomever `claims` name; what is undefined in it is left out. */
    async logoutToken(claims: IdTokenParts['claims'], header: IdTokenParts['header'] = {}): Promise<string> {
      const { signWith } = scripted
      const token = await signWith.sign(
        {
          header: { alg: signWith.algorithm, kid: signWith.publicJwk.kid, typ: 'logout+jwt', ...header },
          claims: { ...logoutClaims(issuer, clock.now()), ...claims },
        },
        '',
      )
      witnessSecrets([token])
      return token
    },
    /** What an endpoint answers if no script overrides it. */
    standardAnswer: async (request: ReceivedRequest): Promise<ScriptedAnswer> =>
      standard[request.path]?.(request) ?? { status: 404, body: '' },
  }

  const standard: { [path: string]: (request: ReceivedRequest) => ScriptedAnswer | Promise<ScriptedAnswer> } =
    {
      '/.well-known/openid-configuration': () => ({ body: scripted.metadataDocument() }),
      '/jwks': () => ({ body: { keys: scripted.keys } }),
      '/token': (request) =>
        scripted.authenticatesClient(request)
          ? grants.redeem(request.form)
          : { status: 401, body: { error: 'invalid_client' } },
      '/revoke': ({ form }) => grants.revoke(form),
    }

  const standardScript = (path: string): Script => standard[path] ?? (() => ({ status: 404, body: '' }))

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
    const answer = await (scripted.scripts[url.pathname] ?? scripted.standardAnswer)(received)
    if (answer === 'reset') request.socket.resetAndDestroy()
    else if (answer !== 'hang') send(response, answer)
  }

  return Object.assign(scripted, { standardScript })
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

/** At most two minutes of life, as the standard recommends. @see OpenID Connect Back-Channel Logout 1.0 section 2.4 */
function logoutClaims(issuer: string, now: number) {
  return {
    iss: issuer,
    aud: CLIENT.id,
    iat: now,
    exp: now + 120,
    jti: randomBytes(16).toString('base64url'),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    at_hash: undefined,
  }
}

function send(response: ServerResponse, { status = 200, headers, body }: ScriptedAnswer): void {
  const isJson = typeof body === 'object' && body !== null
  response.writeHead(status, { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers })
  response.end(isJson ? JSON.stringify(body) : body)
}
