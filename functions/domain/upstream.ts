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
