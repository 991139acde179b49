import { CONTENT_SECURITY_POLICY } from './pages.ts'
import { problemDetails, type Refusal } from './problem.ts'

/** Headers of every answer: nothing of it is cached, framed, sniffed, embedded elsewhere, or told to a next site. */
export function ownHeaders(publicOrigin: string): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...(publicOrigin.startsWith('https:')
      ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }
      : {}),
  }
}

/** Problem details for a request that the application never saw, or did not finish. */
export function problemResponse(refusal: Refusal, requestId: string, publicOrigin: string): Response {
  const { body, status, headers } = problemDetails(refusal, requestId)
  return new Response(body, { status, headers: { ...ownHeaders(publicOrigin), ...headers } })
}
