import { lambdaContext } from '../../dev/gateway/gateway.ts'
import { composeApi } from '../../functions/lambda/api-composition.ts'
import { createApiHandler } from '../../functions/lambda/api-handler.ts'
import type { HttpHandler } from '../../functions/lambda/http-handler.ts'
import { type BffOptions, logIn, startBff } from './bff.ts'
import { eventOf } from './events.ts'
import { type ScriptedUpstream, startScriptedUpstream } from './upstream.ts'
import { PUBLIC_ORIGIN, type Visitor } from './visitor.ts'
import { witnessCookies } from './witness.ts'

export interface ApiOptions extends BffOptions {
  /** Members of the upstream `orders`. */
  readonly orders?: { readonly [member: string]: unknown }
  /** Path of its target. */
  readonly targetPath?: string
  /** More upstreams beside it. */
  readonly others?: readonly object[]
  readonly upstream?: ScriptedUpstream
}

/** What a call differs in from the recorded one of a browser. */
export interface CallChanges {
  readonly headers?: { readonly [name: string]: string | undefined }
  readonly body?: Uint8Array | string
  readonly cookies?: readonly string[]
  /** Path and query as the gateway hands them over; by default those of the target. */
  readonly rawPath?: string
  readonly rawQuery?: string
  readonly sourceAddress?: string
  /** Time that the function has left, in milliseconds. */
  readonly remaining?: number
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly cookies: readonly string[]
  readonly octets: Buffer
  /** Of a problem. */
  readonly code: unknown
  readonly isBase64Encoded: boolean
  json(): { readonly [member: string]: unknown }
}

/** All methods that an upstream can have. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

export type TestApi = Awaited<ReturnType<typeof startApi>>

/** Both functions on the same tables, clock and authorization server, and an upstream named `orders`. */
export async function startApi(options: ApiOptions = {}) {
  const upstream = options.upstream ?? (await startScriptedUpstream())
  const target = upstream.origin + (options.targetPath ?? '/v1')
  const upstreams = [
    { name: 'orders', target, methods: METHODS, ...options.orders },
    ...(options.others ?? []),
  ]
  const environment = { BFF_UPSTREAMS: JSON.stringify(upstreams), ...options.environment }
  const bff = await startBff({ ...options, environment })
  const { clock, tables, deps } = bff
  const handler = createApiHandler(
    composeApi(bff.settings, { clock, dynamodb: tables.client, log: deps.log }),
  )
  return {
    ...bff,
    bff,
    upstream,
    target,
    handler,
    /** What the log says of API calls since the last time it was asked. */
    takeLog: () => bff.log.splice(0),
    refreshes: () =>
      bff.server.requestsTo('/token').filter(({ form }) => form.get('grant_type') === 'refresh_token').length,
    async stop() {
      await upstream.stop()
      await bff.server.stop()
    },
  }
}

export interface ApiUser extends Visitor {
  readonly api: TestApi
  ask(method: string, target: string, changes?: CallChanges): Promise<ApiAnswer>
}

/** A user who is signed in, and calls APIs with the same browser. */
export async function signedInUser(api: TestApi): Promise<ApiUser> {
  const visitor = api.bff.newVisitor()
  await logIn(api.bff, visitor)
  api.tables.takeCommands()
  api.takeLog()
  const ask = (method: string, target: string, changes: CallChanges = {}) => {
    const cookies = [...visitor.jar].map(([name, value]) => `${name}=${value}`)
    return askBy(api.handler, method, target, { cookies, ...changes })
  }
  return { ...visitor, api, ask }
}

/** A call of the application, by whoever. */
export async function askBy(
  handler: HttpHandler,
  method: string,
  target: string,
  changes: CallChanges = {},
): Promise<ApiAnswer> {
  const event = apiEvent(method, target, changes)
  witnessCookies(event.cookies ?? [])
  const result = await handler(event, lambdaContext(event.requestContext.requestId, changes.remaining))
  const { statusCode = 0, body = '', cookies = [], isBase64Encoded = false } = result
  const octets = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  const headers = (result.headers ?? {}) as { [name: string]: string }
  const isProblem = headers['content-type'] === 'application/problem+json'
  const json = () => JSON.parse(octets.toString())
  return {
    status: statusCode,
    headers,
    cookies,
    octets,
    isBase64Encoded,
    code: isProblem && octets.length > 0 ? json().code : undefined,
    json,
  }
}

function apiEvent(method: string, target: string, changes: CallChanges) {
  const { headers, body, cookies = [], rawPath, rawQuery, sourceAddress } = changes
  const isSafe = method === 'GET' || method === 'HEAD'
  const event = eventOf('fetch', {
    method,
    target,
    headers: { ...(isSafe ? {} : { origin: PUBLIC_ORIGIN }), ...headers },
    cookies,
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }),
  })
  const { http } = event.requestContext
  return {
    ...event,
    rawPath: rawPath ?? event.rawPath,
    rawQueryString: rawQuery ?? event.rawQueryString,
    requestContext: {
      ...event.requestContext,
      http: { ...http, sourceIp: sourceAddress ?? http.sourceIp },
    },
  }
}
