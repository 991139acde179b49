import type { APIGatewayRequestAuthorizerEvent, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda'
import type { BrowserCall } from '../domain/browser-call.ts'

/** From an HTTP API in payload format 2.0; from a REST API, or an HTTP API in format 1.0. */
export type AuthorizerEvent = APIGatewayRequestAuthorizerEventV2 | APIGatewayRequestAuthorizerEvent

/** A request that waits at a gateway, as far as it matters whether it may pass. */
export interface AuthorizerRequest {
  /** The gateway's own identifier of this request. */
  readonly requestId: string
  /** The method and path that are asked for. */
  readonly arn: string
  /** Whether the gateway knows the answers of a REST API only. */
  readonly isRest: boolean
  readonly browserCall: BrowserCall
  /** As in one Cookie header. */
  readonly cookies: string
}

export function readAuthorizerEvent(event: AuthorizerEvent): AuthorizerRequest {
  const isRest = 'methodArn' in event
  const headers = isRest ? (event.multiValueHeaders ?? event.headers) : event.headers
  const cookies = isRest ? undefined : event.cookies
  return {
    requestId: event.requestContext.requestId,
    arn: isRest ? event.methodArn : event.routeArn,
    isRest,
    browserCall: {
      method: isRest ? event.httpMethod : event.requestContext.http.method,
      staticHeader: headerIn(headers, 'x-csrf'),
      origin: headerIn(headers, 'origin'),
      fetchSite: headerIn(headers, 'sec-fetch-site'),
    },
    cookies: (cookies ?? valuesIn(headers, 'cookie')).join('; '),
  }
}

type Headers = { readonly [name: string]: string | readonly string[] | undefined } | null | undefined

/** A repeated header is one list, as an HTTP API hands it over. @see RFC 9110 section 5.3 */
function headerIn(headers: Headers, name: string): string | undefined {
  const values = valuesIn(headers, name)
  return values.length === 0 ? undefined : values.join(',')
}

/** A REST API keeps the case that the caller chose. */
function valuesIn(headers: Headers, name: string): readonly string[] {
  return Object.entries(headers ?? {}).flatMap(([key, value = []]) =>
    key.toLowerCase() === name ? value : [],
  )
}
