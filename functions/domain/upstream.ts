/** An API that the BFF calls for the application, as configured: nothing in a request can name another. */
export interface Upstream {
  readonly name: string
  /** Absolute URL without query, fragment or trailing slash. */
  readonly target: string
  readonly methods: readonly string[]
  readonly timeoutMilliseconds: number
  /** Whether its own `Cache-Control` is handed on, instead of `private, no-store`. */
  readonly cacheable: boolean
}

/** The largest body that can be sent to an upstream: a function is given no more than 6 MB. */
export const LARGEST_CALL_OCTETS = 6 * 1024 * 1024
/** The largest body that can be answered, as it is carried: 6 MB less some room for its headers. */
export const LARGEST_ANSWER_OCTETS = 6 * 1024 * 1024 - 64 * 1024

/**
 * The address of something at an upstream.
 * @param path encoded; empty, or begins with a slash.
 * @param query as it came, without question mark.
 * @returns undefined if a URL parser would read another host or path in it.
 */
export function upstreamUrl({ target }: Upstream, path: string, query: string): string | undefined {
  const address = target + path
  const read = URL.parse(address)
  const isAsWritten = read !== null && [address, `${address}/`].includes(read.origin + read.pathname)
  return isAsWritten && `${address}/`.startsWith(`${target}/`)
    ? address + (query === '' ? '' : `?${query}`)
    : undefined
}

/**
 * What follows the target in an address that an upstream gave.
 * @param reference absolute, or relative to `base`.
 * @returns undefined if it leads elsewhere.
 */
export function pathUnder({ target }: Upstream, reference: string, base: string): string | undefined {
  const href = URL.parse(reference, base)?.href ?? ''
  const rest = href.slice(target.length)
  return href.startsWith(target) && /^(?:[/?#]|$)/.test(rest) ? rest : undefined
}
