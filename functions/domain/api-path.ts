import { fail, ok, type Result } from './result.ts'

export interface ApiPathRefused {
  readonly code: 'request-invalid'
  /** Says what is wrong with the path, and never repeats it. */
  readonly detail: string
}

/** A path under `/api`: which upstream it names, and what it names there. */
export interface ApiPath {
  readonly upstreamName: string
  /** Empty, or begins with a slash. */
  readonly rest: string
}

/** Under it stand the upstreams, each under its name. */
export const API_PATH = '/api'

/** @param path percent-decoded. */
export function splitApiPath(path: string): ApiPath | undefined {
  if (!path.startsWith(`${API_PATH}/`)) return undefined
  const [, upstreamName, rest] = /^\/([^/]+)(.*)$/s.exec(path.slice(API_PATH.length)) ?? []
  return upstreamName === undefined || rest === undefined ? undefined : { upstreamName, rest }
}

/** Control characters, halves of a character, and what some servers take for a slash. */
const UNSAFE = /[\p{Cc}\p{Cs}\\]/u
/** Also with parameters, which some servers take off before they resolve dots. */
const DOT_SEGMENT = /^\.{1,2}(?:;|$)/
/** All but `pchar` of RFC 3986 section 3.3. */
const NOT_PLAIN = /[^A-Za-z0-9._~!$&'()*+,;=:@-]/gu

/**
 * Encodes a path anew that came percent-decoded, segment by segment: what looks like an encoding in it is text. An
 * encoded slash is lost by then.
 * @see RFC 10017 section 6.1.3.6
 */
export function encodeApiPath(path: string): Result<string, ApiPathRefused> {
  if (UNSAFE.test(path)) return refused('The path has a backslash or a control character.')
  const segments = path.split('/')
  if (segments.some((segment) => DOT_SEGMENT.test(segment))) return refused('The path has a dot segment.')
  return ok(segments.map((segment) => segment.replace(NOT_PLAIN, encodeURIComponent)).join('/'))
}

function refused(detail: string) {
  return fail({ code: 'request-invalid', detail } as const)
}
