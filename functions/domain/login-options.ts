import type { ReceivedParameters } from './authorization-response.ts'
import { fail, ok, type Result } from './result.ts'

/** What the application may ask for when it starts a login. */
export interface LoginOptions {
  readonly returnTo: string | undefined
  readonly maxAgeSeconds: number | undefined
  /** Passed on to the authorization server as they are. */
  readonly passedThrough: { readonly [name in PassedThrough]?: string }
}

export interface LoginOptionsInvalid {
  readonly code: 'request-invalid'
  /** Names the parameter and the rule, never its value. */
  readonly detail: string
}

const PASSED_THROUGH = ['prompt', 'login_hint', 'ui_locales', 'acr_values'] as const
type PassedThrough = (typeof PASSED_THROUGH)[number]
const ALLOWED = new Set<string>(['returnTo', 'max_age', ...PASSED_THROUGH])
const PROMPTS = ['none', 'login', 'consent', 'select_account', 'create']
const MAXIMUM_LENGTH = 2048

/**
 * Reads the options of a login by allow-list; each occurs once.
 * @see OpenID Connect Core 1.0 section 3.1.2.1
 */
export function readLoginOptions(parameters: ReceivedParameters): Result<LoginOptions, LoginOptionsInvalid> {
  const values = new Map<string, string>()
  for (const [name, value] of parameters) {
    if (!ALLOWED.has(name)) return invalid('The request has a parameter that a login does not take.')
    if (values.has(name)) return invalid(`The parameter ${name} occurs more than once.`)
    if (value.length > MAXIMUM_LENGTH) return invalid(`The parameter ${name} is too long.`)
    values.set(name, value)
  }
  const prompt = values.get('prompt')
  if (prompt !== undefined && !isPrompt(prompt)) {
    return invalid('The parameter prompt is not a list of known values, or combines none with another.')
  }
  const maxAge = values.get('max_age')
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) {
    return invalid('The parameter max_age is not a number of seconds.')
  }
  return ok({
    returnTo: values.get('returnTo'),
    maxAgeSeconds: maxAge === undefined ? undefined : Number(maxAge),
    passedThrough: Object.fromEntries(
      PASSED_THROUGH.flatMap((name) => (values.has(name) ? [[name, values.get(name)]] : [])),
    ),
  })
}

function isPrompt(prompt: string): boolean {
  const words = prompt.split(' ')
  return words.every((word) => PROMPTS.includes(word)) && (!words.includes('none') || words.length === 1)
}

function invalid(detail: string) {
  return fail({ code: 'request-invalid', detail } as const)
}
