import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { APIGatewayRequestAuthorizerEvent, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda'

/** What one call of a test differs in from the recorded one. */
export interface CallChanges {
  readonly method?: string
  readonly path?: string
  /** An undefined header is left out; a list stands for a header that was sent repeatedly. */
  readonly headers?: { readonly [name: string]: string | readonly string[] | undefined }
  /** `name=value` pairs, as a browser sends them. */
  readonly cookies?: readonly string[]
}

const HTTP_API = recorded<APIGatewayRequestAuthorizerEventV2>('http-api-authorizer')
const REST_API = recorded<APIGatewayRequestAuthorizerEvent>('rest-api-authorizer')

function recorded<Event>(name: string): Event {
  return JSON.parse(readFileSync(new URL(`events/${name}.json`, import.meta.url), 'utf8')) as Event
}

/** What an HTTP API asks its authorizer, in payload format 2.0: names in lower case, repeated headers joined. */
export function httpApiEvent({ method = 'GET', path = '/orders/1', headers, cookies = [] }: CallChanges) {
  const { http } = HTTP_API.requestContext
  const joined = sentHeaders(HTTP_API.headers, headers).map(
    ([name, values]) => [name.toLowerCase(), values.join(',')] as const,
  )
  const event: APIGatewayRequestAuthorizerEventV2 = {
    ...HTTP_API,
    ...(cookies.length === 0 ? {} : { cookies: [...cookies] }),
    routeArn: arnOf(HTTP_API.routeArn, method, path),
    rawPath: path,
    headers: Object.fromEntries(joined),
    requestContext: { ...HTTP_API.requestContext, requestId: randomUUID(), http: { ...http, method, path } },
  }
  return event
}

/** What a REST API asks its authorizer: names as they were sent, each header once and with all its values. */
export function restApiEvent({ method = 'GET', path = '/orders/1', headers, cookies = [] }: CallChanges) {
  const cookie = cookies.length === 0 ? {} : { Cookie: cookies.join('; ') }
  const sent = sentHeaders(REST_API.headers, { ...cookie, ...headers })
  const event: APIGatewayRequestAuthorizerEvent = {
    ...REST_API,
    methodArn: arnOf(REST_API.methodArn, method, path),
    path,
    httpMethod: method,
    headers: Object.fromEntries(sent.map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: Object.fromEntries(sent.map(([name, values]) => [name, [...values]])),
    requestContext: { ...REST_API.requestContext, httpMethod: method, requestId: randomUUID() },
  }
  return event
}

/** The recorded headers with the changed ones in their place, whatever their case; each with its values. */
function sentHeaders(recordedHeaders: CallChanges['headers'] | null, changes: CallChanges['headers'] = {}) {
  const changed = Object.keys(changes).map((name) => name.toLowerCase())
  const kept = Object.entries(recordedHeaders ?? {}).filter(([name]) => !changed.includes(name.toLowerCase()))
  return [...kept, ...Object.entries(changes)].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, [value].flat()] as const],
  )
}

function arnOf(arn: string, method: string, path: string): string {
  return arn.replace(/GET\/.*$/, `${method}${path}`)
}
