import { resolveReturnTo } from '../../functions/domain/return-to.ts'

const OWN_PATHS = ['/bff', '/api']

/** @returns the URL to go on to, or undefined if the text was refused. */
export function resolve(requested: string | undefined, publicOrigin: string): string | undefined {
  const resolved = resolveReturnTo(requested, { publicOrigin, ownPaths: OWN_PATHS })
  return resolved.ok ? resolved.value : undefined
}

/** What is promised of every text: it is refused, or the answer keeps all of this. Says what is broken. */
export function brokenPromises(requested: string, origin: string): string[] {
  const admitted = resolve(requested, origin)
  if (admitted === undefined) return []
  const url = new URL(admitted)
  const promises: { readonly [promise: string]: boolean } = {
    'is of our origin': url.origin === origin && admitted.startsWith(`${origin}/`),
    'has no user information': url.username === '' && url.password === '',
    'reads the same a second time': url.href === admitted,
    'has no path that begins with two slashes': !url.pathname.startsWith('//'),
    'stays ours as a Location without origin':
      new URL(url.pathname + url.search + url.hash, origin).origin === origin,
    'is visible ASCII without quotes, angle brackets and backslashes': /^[!#-;=?-[\]-~]+$/.test(admitted),
    'is none of our own endpoints': !pathsAtTheGateway(admitted, origin).some(isOwnEndpoint),
  }
  return Object.keys(promises)
    .filter((promise) => !promises[promise])
    .map((promise) => `${JSON.stringify(requested)} became ${admitted}. Not so: it ${promise}.`)
}

/**
 * The path that an HTTP API hands to a function: percent-decoded and cut at a decoded question mark; and that path
 * once more after a web request was made of it, which resolves its dot segments.
 */
function pathsAtTheGateway(href: string, origin: string): string[] {
  const [path = ''] = href.slice(origin.length).split(/[?#]/)
  const [rawPath = ''] = decodeURIComponent(path).split('?')
  const request = new URL(origin + rawPath.split('/').map(encodeURIComponent).join('/'))
  return [rawPath, decodeURIComponent(request.pathname)]
}

function isOwnEndpoint(path: string): boolean {
  return OWN_PATHS.some((own) => path === own || path.startsWith(`${own}/`))
}

/**
 * Whether some reader would find another place in a text: as it stands or percent-decoded once, on a page of https or
 * of http, or in what is left of a Location without origin.
 */
export function namesForeignPlace(text: string, origin: string): boolean {
  const { host } = new URL(origin)
  const pages = [`https://${host}`, `http://${host}`]
  return [text, asciiDecoded(text)].some((reading) =>
    pages.some((page) => {
      const url = URL.parse(reading, page)
      if (url === null) return false
      const leftOver = URL.parse(url.pathname + url.search + url.hash, page)
      return ![page, origin].includes(url.origin) || leftOver?.host !== host || url.protocol === 'blob:'
    }),
  )
}

/** Decodes what can be decoded, and leaves the rest, where `decodeURIComponent` would throw. */
function asciiDecoded(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_, octet) => String.fromCharCode(Number.parseInt(octet, 16)))
}
