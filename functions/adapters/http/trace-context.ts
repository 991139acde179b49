const VERSION_00 = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const LATER_VERSION =
  /^(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]*)?$/

/**
 * Whether a trace can be joined. One that cannot is not handed on, nor is its `tracestate`; one that can is handed on as
 * it is, since we add no span of our own.
 * @see W3C Trace Context section 3.2
 */
export function isTraceparent(value: string | null): boolean {
  return value !== null && (VERSION_00.test(value) || LATER_VERSION.test(value))
}
