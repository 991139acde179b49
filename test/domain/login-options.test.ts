import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLoginOptions } from '../../functions/domain/login-options.ts'

const read = (query: string) => readLoginOptions([...new URLSearchParams(query)])
const NOTHING = { returnTo: undefined, maxAgeSeconds: undefined, passedThrough: {} }

describe('the options of a login', () => {
  it('are none when nothing is asked for [AR-15]', () => {
    expect(read('')).toEqual({ ok: true, value: NOTHING })
  })

  it('hold what the application asked for, value by value [AR-17]', () => {
    const query =
      'returnTo=/orders&max_age=300&prompt=login&login_hint=a%40b&ui_locales=de%20fr&acr_values=urn:x'
    expect(read(query)).toEqual({
      ok: true,
      value: {
        returnTo: '/orders',
        maxAgeSeconds: 300,
        passedThrough: { prompt: 'login', login_hint: 'a@b', ui_locales: 'de fr', acr_values: 'urn:x' },
      },
    })
  })

  it.each([
    ['redirect_uri=https://evil.example'],
    ['scope=admin'],
    ['client_id=other'],
    ['state=mine'],
    ['code_challenge_method=plain'],
    ['request=eyJ'],
    ['request_uri=urn:x'],
    ['response_type=token'],
    ['Prompt=login'],
    ['return_to=/'],
    ['__proto__=x'],
    ['constructor=x'],
  ])('cannot set what is not on the allow-list: %s [AR-01] [PX-19]', (query) => {
    expect(read(query)).toEqual({
      ok: false,
      failure: {
        code: 'request-invalid',
        detail: 'The request has a parameter that a login does not take.',
      },
    })
  })

  it.each(['returnTo', 'max_age', 'prompt', 'login_hint', 'ui_locales', 'acr_values'])(
    'occur once: a second %s is refused, be it the same [CB-09]',
    (name) => {
      expect(read(`${name}=1&${name}=1`)).toEqual({
        ok: false,
        failure: { code: 'request-invalid', detail: `The parameter ${name} occurs more than once.` },
      })
    },
  )

  it.each(['returnTo', 'login_hint', 'ui_locales', 'acr_values'])(
    'have at most 2048 characters: a longer %s is refused [PX-13]',
    (name) => {
      expect(read(`${name}=${'a'.repeat(2048)}`).ok).toBe(true)
      expect(read(`${name}=${'a'.repeat(2049)}`)).toMatchObject({
        ok: false,
        failure: { detail: `The parameter ${name} is too long.` },
      })
    },
  )

  it('are refused in words that never repeat the request [CB-12]', () => {
    const name = fc.oneof(fc.constantFrom('prompt', 'max_age', 'returnTo', '__proto__'), fc.string())
    const value = fc.string({ minLength: 3 }).map((text) => `<${text}>`)
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (parameters) => {
        const options = readLoginOptions(parameters)
        const shown = options.ok ? '' : options.failure.detail
        expect(shown).not.toMatch(/[<>]/)
      }),
    )
  })
})

describe('prompt', () => {
  it.each(['none', 'login', 'consent', 'select_account', 'create', 'login consent', 'select_account login'])(
    'may be %j [AR-17]',
    (prompt) => {
      const options = readLoginOptions([['prompt', prompt]])
      expect(options).toEqual({ ok: true, value: { ...NOTHING, passedThrough: { prompt } } })
    },
  )

  it.each([
    'none login',
    'login none',
    'none none',
    '',
    ' ',
    'login ',
    'login  consent',
    'LOGIN',
    'always',
    'login,consent',
    'login\tconsent',
    'toString',
  ])('may not be %j [AR-17]', (prompt) => {
    expect(readLoginOptions([['prompt', prompt]])).toEqual({
      ok: false,
      failure: {
        code: 'request-invalid',
        detail: 'The parameter prompt is not a list of known values, or combines none with another.',
      },
    })
  })
})

describe('max_age', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['0300', 300],
    ['999999999', 999_999_999],
  ])('of %s is remembered as %i seconds [AR-17]', (text, seconds) => {
    expect(readLoginOptions([['max_age', text]])).toMatchObject({
      ok: true,
      value: { maxAgeSeconds: seconds },
    })
  })

  it.each(['', '-1', '+1', '1.5', '1e3', '0x10', ' 1', '1\n', 'NaN', 'Infinity', '1000000000', '١'])(
    'may not be %j [AR-17]',
    (text) => {
      expect(readLoginOptions([['max_age', text]])).toEqual({
        ok: false,
        failure: {
          code: 'request-invalid',
          detail: 'The parameter max_age is not a number of seconds.',
        },
      })
    },
  )
})
