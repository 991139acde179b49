import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { listenNear, type RunningServer } from './listen.ts'

/** What the resource server remembers of one subject. */
interface Visits {
  calls: number
  readonly accessTokens: Set<string>
}

/** A call whose access token was accepted. */
interface AdmittedCall {
  readonly accessToken: string
  readonly subject: string
  readonly visits: Visits
}

interface Answer {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  readonly body?: unknown
}

/**
 * Starts an API that takes the access tokens of the embedded authorization server. It counts how many different ones it
 * saw of each subject, which makes refreshes visible, and shows none.
 * @param port taken if free, else any other.
 */
export async function startResourceServer(provider: Provider, port: number): Promise<RunningServer> {
  const admit = createAdmission(provider)
  const expired = new Set<string>()
  const routes: { readonly [route: string]: (call: AdmittedCall) => Answer } = {
    'GET /hello': ({ subject, visits }) => {
      visits.calls += 1
      const { calls, accessTokens } = visits
      const message = `Hello ${subject}, this is the API.`
      return { status: 200, body: { message, subject, calls, accessTokensSeen: accessTokens.size } }
    },
    'POST /expire': ({ accessToken }) => {
      expired.add(accessToken)
      return { status: 204 }
    },
    'GET /provider': () => ({ status: 200, body: { signOutUrl: `${provider.issuer}/session/end` } }),
  }

  async function answer({ method, url, headers }: IncomingMessage): Promise<Answer> {
    const route = routes[`${method} ${url?.split('?')[0]}`]
    if (route === undefined) return { status: 404, body: { error: 'not_found' } }
    const accessToken = /^Bearer ([\w.~+/-]+=*)$/i.exec(headers.authorization ?? '')?.[1]
    if (accessToken === undefined) return { status: 401, headers: { 'www-authenticate': 'Bearer' } }
    const call = expired.has(accessToken) ? undefined : await admit(accessToken)
    return call === undefined ? INVALID_TOKEN : route(call)
  }

  const server = createServer((request, response) => {
    request.resume()
    answer(request).then(
      (given) => send(response, given),
      () => send(response, { status: 500, body: { error: 'server_error' } }),
    )
  })
  return listenNear(server, port, '127.0.0.1')
}

/** @see RFC 6750 section 3 */
const INVALID_TOKEN: Answer = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }

function createAdmission(provider: Provider) {
  const visitsOf = new Map<string, Visits>()
  return async function admit(accessToken: string): Promise<AdmittedCall | undefined> {
    const found = await provider.AccessToken.find(accessToken)
    if (found === undefined) return undefined
    const subject = found.accountId
    const visits = visitsOf.get(subject) ?? { calls: 0, accessTokens: new Set() }
    visitsOf.set(subject, visits)
    visits.accessTokens.add(accessToken)
    return { accessToken, subject, visits }
  }
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  response
    .writeHead(status, { ...headers, ...type })
    .end(body === undefined ? undefined : JSON.stringify(body))
}
