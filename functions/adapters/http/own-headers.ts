import { CONTENT_SECURITY_POLICY } from './pages.ts'
import { problemHeaders, problemOf, type Refusal } from './problem.ts'

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
  const problem = problemOf(refusal, requestId)
  const headers = {
    ...ownHeaders(publicOrigin),
    ...problemHeaders(refusal, problem),
    'content-type': 'application/problem+json',
  }
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
