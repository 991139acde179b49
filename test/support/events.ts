import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'

/** What one request of a test differs in from the recorded one. An undefined header is left out. */
export interface EventChanges {
  readonly method?: string
  /** Path and query, percent-encoded as in a URL. */
  readonly target?: string
  readonly headers?: { readonly [name: string]: string | undefined }
  readonly cookies?: readonly string[]
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

const RECORDED = {
  navigation: recorded('navigation'),
  fetch: recorded('fetch'),
}

function recorded(name: string): APIGatewayProxyEventV2 {
  return JSON.parse(
    readFileSync(new URL(`events/${name}.json`, import.meta.url), 'utf8'),
  ) as APIGatewayProxyEventV2
}

/** A recorded API Gateway event (payload format 2.0) with changes. */
export function eventOf(kind: keyof typeof RECORDED, changes: EventChanges = {}): APIGatewayProxyEventV2 {
  const base = RECORDED[kind]
  const { method = base.requestContext.http.method, target = base.rawPath } = changes
  const [path = '', query = ''] = target.split(/\?(.*)/s)
  const headers = Object.entries({ ...base.headers, ...changes.headers }).filter(
    ([, value]) => value !== undefined,
  )
  const rawPath = decodeURIComponent(path)
  return {
    ...base,
    rawPath,
    rawQueryString: query,
    headers: Object.fromEntries(headers) as { [name: string]: string },
    ...(changes.cookies === undefined || changes.cookies.length === 0
      ? {}
      : { cookies: [...changes.cookies] }),
    requestContext: {
      ...base.requestContext,
      requestId: randomUUID(),
      http: { ...base.requestContext.http, method, path: rawPath },
    },
    ...(changes.body === undefined ? {} : { body: changes.body }),
    isBase64Encoded: changes.isBase64Encoded ?? false,
  }
}
