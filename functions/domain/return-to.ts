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
// A first segment with a colon is a scheme to some reader, at the latest when it was decoded.
const SCHEME_LIKE = /^[^/?#]*(?::|%3a)/i

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

function parse(text: string, origin: string): URL | undefined {
  if (text === '' || text.length > MAXIMUM_LENGTH || REWRITTEN_CHARACTERS.test(text)) return undefined
  const spellsOurOrigin = text.startsWith(origin) && /^(?:$|[/?#])/.test(text.slice(origin.length))
  if (SCHEME_LIKE.test(text) && !spellsOurOrigin) return undefined
  return URL.parse(text, origin) ?? undefined
}

function isOurs(url: URL, { publicOrigin, ownPaths }: ReturnToPolicy): boolean {
  if (url.origin !== publicOrigin || url.username !== '' || url.password !== '') return false
  if (url.href.length - publicOrigin.length > MAXIMUM_LENGTH) return false
  const paths = pathsAsRead(url.pathname)
  return paths.length > 0 && paths.every((path) => !/^\/ *\//.test(path) && !isUnder(path, ownPaths))
}

/** The path as the gateway will see it, percent-decoded and cut at a decoded `?`; and once its dot segments are gone. */
function pathsAsRead(pathname: string): string[] {
  try {
    const decoded = decodeURIComponent(pathname)
    if (REWRITTEN_CHARACTERS.test(decoded.replaceAll(' ', ''))) return []
    const [cut = ''] = decoded.split('?')
    return [cut, withoutDotSegments(cut)]
  } catch {
    return []
  }
}

function withoutDotSegments(path: string): string {
  const url = new URL('http://localhost')
  url.pathname = path
  return url.pathname
}

function isUnder(path: string, ownPaths: readonly string[]): boolean {
  return ownPaths.some((own) => path === own || path.startsWith(`${own}/`))
}
