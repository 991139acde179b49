import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkResponseIssuer,
  failureOfAuthorizationError,
  type ReceivedParameters,
  readAuthorizationResponse,
} from '../../functions/domain/authorization-response.ts'

const read = (query: string) => readAuthorizationResponse([...new URLSearchParams(query)])
const refusal = (cause: string) => ({
  ok: false,
  failure: { code: 'authorization-response-invalid', cause },
})

describe('an authorization response', () => {
  it('of success is its state, code and issuer [CB-01]', () => {
    expect(read('code=c-1&state=s-1&iss=https%3A%2F%2Fas.example.com')).toEqual({
      ok: true,
      value: { state: 's-1', issuer: 'https://as.example.com', outcome: { code: 'c-1' } },
    })
  })

  it('of failure is its state, error and issuer [CB-11]', () => {
    expect(read('error=access_denied&error_description=no&state=s-1')).toEqual({
      ok: true,
      value: { state: 's-1', issuer: undefined, outcome: { error: 'access_denied' } },
    })
  })

  it.each([
    ['session_state=x&foo=bar'],
    ['foo=1&foo=2'],
    ['State=other&CODE=other&Iss=other'],
    ['__proto__=x&constructor=y&toString=z'],
  ])('is read past parameters that nobody knows: %s [CB-10]', (unknown) => {
    expect(read(`${unknown}&code=c-1&state=s-1`)).toEqual(read('code=c-1&state=s-1'))
  })

  it('may have a code of any length [CB-10]', () => {
    const code = 'c'.repeat(4096)
    expect(read(`code=${code}&state=s-1`)).toMatchObject({ ok: true, value: { outcome: { code } } })
  })

  it('keeps state and code as they are, whatever characters they hold [CB-01]', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(text, text, (state, code) => {
        const response = readAuthorizationResponse([
          ['state', state],
          ['code', code],
        ])
        expect(response).toEqual({ ok: true, value: { state, issuer: undefined, outcome: { code } } })
      }),
    )
  })

  it.each(['state', 'code', 'iss', 'error', 'error_description', 'error_uri'])(
    'is refused when %s occurs twice, be it with one value [CB-09]',
    (name) => {
      const base = name.startsWith('error') ? 'error=access_denied&state=s-1' : 'code=c-1&state=s-1'
      for (const pair of [`${name}=a&${name}=b`, `${name}=a&${name}=a`, `${name}=&${name}=`]) {
        expect(read(`${pair}&${base}`)).toEqual(refusal('parameter-repeated'))
      }
    },
  )

  it.each([
    ['state is missing', 'code=c-1', 'state-missing'],
    ['state is empty', 'code=c-1&state=', 'state-missing'],
    ['only the prototype has a state', 'code=c-1&__proto__=state', 'state-missing'],
    ['an error comes without state', 'error=access_denied', 'state-missing'],
    ['there is neither code nor error', 'state=s-1', 'code-missing'],
    ['there are both code and error', 'code=c-1&error=access_denied&state=s-1', 'code-and-error'],
  ])('is refused when %s [CB-01]', (_, query, cause) => {
    expect(read(query)).toEqual(refusal(cause))
  })

  it.each(['code=&state=s-1', 'error=&state=s-1', 'code=c-1&error=&state=s-1', 'code=&error=x&state=s-1'])(
    'is refused when a value that decides is empty: %s [CB-01]',
    (query) => {
      expect(read(query)).toMatchObject({ ok: false, failure: { code: 'authorization-response-invalid' } })
    },
  )

  it.each(['response', 'id_token', 'token', 'access_token'])(
    'is refused when it carries %s, which belongs to a flow that was not asked for [AR-01]',
    (name) => {
      expect(read(`code=c-1&state=s-1&${name}=x`)).toEqual(refusal('other-flow'))
    },
  )

  it('never shows a value of the request in its refusal [CB-12]', () => {
    const name = fc.constantFrom('state', 'code', 'error', 'iss', 'response', 'x')
    const value = fc.string({ minLength: 3 }).map((text) => `<${text}>`)
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (parameters: ReceivedParameters) => {
        const response = readAuthorizationResponse(parameters)
        const shown = response.ok ? '' : JSON.stringify(response)
        expect(parameters.filter(([, text]) => shown.includes(text))).toEqual([])
      }),
    )
  })
})

describe('the issuer of a response', () => {
  const issuer = 'https://as.example.com/tenant'
  const check = (shown: string | undefined, announced: boolean) =>
    checkResponseIssuer({ issuer: shown }, { issuer, announced })

  it.each([true, false])('passes when it is ours to the byte (announced: %s) [CB-04]', (announced) => {
    expect(check(issuer, announced)).toBeUndefined()
  })

  it.each([
    ['a trailing slash', `${issuer}/`],
    ['a missing path', 'https://as.example.com'],
    ['the case of the host', 'https://AS.example.com/tenant'],
    ['the case of the path', 'https://as.example.com/Tenant'],
    ['a default port', 'https://as.example.com:443/tenant'],
    ['a suffix', `${issuer}.evil.example`],
    ['the scheme', 'http://as.example.com/tenant'],
    ['its encoding', 'https%3A%2F%2Fas.example.com%2Ftenant'],
    ['white space', `${issuer} `],
    ['being empty', ''],
  ])('is refused when it differs by %s, announced or not [CB-04]', (_, shown) => {
    const failure = { code: 'authorization-response-invalid', cause: 'issuer-mismatch' }
    expect([check(shown, true), check(shown, false)]).toEqual([failure, failure])
  })

  it('is missed when the server announces it [CB-05]', () => {
    expect(check(undefined, true)).toEqual({
      code: 'authorization-response-invalid',
      cause: 'issuer-missing',
    })
  })

  it('is not missed when the server never promised it [CB-05]', () => {
    expect(check(undefined, false)).toBeUndefined()
  })
})

describe('an error of the authorization server', () => {
  it.each([
    ['login_required', 'login-required'],
    ['interaction_required', 'login-required'],
    ['consent_required', 'login-required'],
    ['account_selection_required', 'login-required'],
    ['access_denied', 'authorization-denied'],
    ['invalid_request', 'authorization-denied'],
    ['unauthorized_client', 'authorization-denied'],
    ['unsupported_response_type', 'authorization-denied'],
    ['invalid_scope', 'authorization-denied'],
    ['invalid_target', 'authorization-denied'],
    ['invalid_request_uri', 'authorization-denied'],
    ['invalid_request_object', 'authorization-denied'],
    ['request_not_supported', 'authorization-denied'],
    ['request_uri_not_supported', 'authorization-denied'],
    ['registration_not_supported', 'authorization-denied'],
    ['unmet_authentication_requirements', 'authorization-denied'],
    ['server_error', 'authorization-server-unavailable'],
    ['temporarily_unavailable', 'authorization-server-unavailable'],
  ])('named %s means %s, and the log may name it [CB-11]', (error, code) => {
    expect(failureOfAuthorizationError(error)).toEqual({ code, cause: error })
  })

  it.each([
    'LOGIN_REQUIRED',
    'login_required ',
    'a_word_of_their_own',
    'constructor',
    '<script>alert(1)</script>',
    'x\r\nSet-Cookie: a=b',
    'eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl',
  ])('of another name is a refusal whose text goes no further: %j [CB-12]', (error) => {
    expect(failureOfAuthorizationError(error)).toEqual({
      code: 'authorization-denied',
      cause: 'unrecognized',
    })
  })
})
