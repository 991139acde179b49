import { fail, ok, type Result } from './result.ts'

export interface ReturnToPolicy {
  /** The application's own origin, from configuration. */
  readonly publicOrigin: string
  /** Paths of our own endpoints: to return to one of them would loop. */
  readonly ownPaths: readonly string[]
}

const MAXIMUM_LENGTH = 2048
// The URL parser drops or rewrites these without a word: control characters, spaces, backslashes.
const REWRITTEN_CHARACTERS = /[\p{Cc}\s\\]/u

/**
 * Admits the place to go on to after a login, as an absolute URL of our own origin: parsed against that origin,
 * it must keep it, also when it is read a second time.
 * @see RFC 9700 section 4.11.1
 */
export function resolveReturnTo(
  requested: string | undefined,
  policy: ReturnToPolicy,
): Result<string, { readonly code: 'return-to-refused' }> {
  const url = parse(requested ?? '/', policy.publicOrigin)
  if (url === undefined || !isOurs(url, policy)) return fail({ code: 'return-to-refused' })
  return ok(url.href)
}

function parse(text: string, base: string): URL | undefined {
  if (text === '' || text.length > MAXIMUM_LENGTH || REWRITTEN_CHARACTERS.test(text)) return undefined
  return URL.parse(text, base) ?? undefined
}

function isOurs(url: URL, { publicOrigin, ownPaths }: ReturnToPolicy): boolean {
  if (url.origin !== publicOrigin || url.username !== '' || url.password !== '') return false
  const path = asServed(url.pathname)
  if (path === undefined || url.pathname.startsWith('//') || path.startsWith('//')) return false
  return !ownPaths.some((own) => path === own || path.startsWith(`${own}/`))
}

/** The path as the gateway will see it: percent-decoded, with dot segments gone. */
function asServed(pathname: string): string | undefined {
  try {
    const decoded = decodeURIComponent(pathname)
    return REWRITTEN_CHARACTERS.test(decoded.replaceAll(' ', '')) ? undefined : withoutDotSegments(decoded)
  } catch {
    return undefined
  }
}

function withoutDotSegments(path: string): string {
  const url = new URL('http://localhost')
  url.pathname = path
  return url.pathname
}
