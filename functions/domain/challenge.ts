import type { UpstreamFailure } from './failure.ts'

/** What a resource server says of an access token that it did not accept. @see RFC 6750 section 3 */
export interface BearerChallenge {
  readonly error: string | undefined
  readonly scope: string | undefined
  readonly acrValues: string | undefined
  readonly maxAge: string | undefined
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const ENDS = '(?=[ \\t]*(?:,|$))'
const PARAMETER = `(?<name>${TOKEN})[ \\t]*=[ \\t]*(?:"(?<quoted>(?:[^"\\\\]|\\\\.)*)"|(?<plain>${TOKEN}))${ENDS}`
const SCHEME = `(?<scheme>${TOKEN})(?:[ \\t]+[A-Za-z0-9._~+/-]+=*${ENDS})?(?=[ \\t,]|$)`
/** A parameter of the challenge before it, or the scheme of the next one. */
const PART = new RegExp(`[ \\t,]*(?:${PARAMETER}|${SCHEME})`, 'gy')

/**
 * Reads the Bearer challenges among those of one header, which may hold several of any scheme. What follows a part
 * that cannot be read is not read.
 * @see RFC 9110 section 11.6.1
 */
export function bearerChallenges(header: string): BearerChallenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  for (const { groups = {} } of header.matchAll(PART)) {
    const { scheme, name, quoted, plain = quoted?.replace(/\\(.)/g, '$1') } = groups
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() })
    const parameters = challenges.at(-1)?.parameters
    if (name === undefined || plain === undefined || parameters === undefined) continue
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), plain)
  }
  return challenges.filter(({ scheme }) => scheme === 'bearer').map(({ parameters }) => challenge(parameters))
}

function challenge(parameters: ReadonlyMap<string, string>): BearerChallenge {
  return {
    error: parameters.get('error'),
    scope: parameters.get('scope'),
    acrValues: parameters.get('acr_values'),
    maxAge: parameters.get('max_age'),
  }
}

/** Why a resource server did not accept an access token, where that is more than its own affair. */
export type TokenRefusal = Extract<
  UpstreamFailure,
  { readonly code: 'access-token-rejected' | 'insufficient-scope' | 'step-up-required' }
>

/**
 * What an answer says of the access token, if it is something that we or the application can act on.
 * @see RFC 6750 section 3.1, RFC 9470 section 3
 */
export function tokenRefusal(
  status: number,
  challenges: readonly BearerChallenge[],
): TokenRefusal | undefined {
  if (status !== 401 && status !== 403) return undefined
  const refusals = challenges.map((one) => (status === 401 ? refusalOf(one) : scopeRefusal(one)))
  return refusals.find((refusal) => refusal !== undefined)
}

function refusalOf(one: BearerChallenge): TokenRefusal | undefined {
  if (one.error === 'invalid_token') return { code: 'access-token-rejected' }
  return one.error === 'insufficient_user_authentication' ? stepUp(one) : scopeRefusal(one)
}

const VALUES = /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/

function scopeRefusal({ error, scope }: BearerChallenge): TokenRefusal | undefined {
  if (error !== 'insufficient_scope') return undefined
  return { code: 'insufficient-scope', ...(isForm(scope, VALUES) ? { scope } : {}) }
}

function stepUp({ acrValues, maxAge }: BearerChallenge): TokenRefusal {
  return {
    code: 'step-up-required',
    ...(isForm(acrValues, VALUES) ? { acrValues } : {}),
    ...(isForm(maxAge, /^\d{1,9}$/) ? { maxAgeSeconds: Number(maxAge) } : {}),
  }
}

function isForm(value: string | undefined, form: RegExp): value is string {
  return value !== undefined && form.test(value)
}
