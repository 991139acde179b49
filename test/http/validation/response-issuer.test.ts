import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../../support/bff.ts'
import { anotherInstance, COMPLETED, outcomeOf, refused } from './attempt.ts'

const INVALID = refused(400, 'authorization-response-invalid', 0)

let announcing: TestBff
let silent: TestBff
beforeAll(async () => {
  announcing = await startBff()
  announcing.server.metadata = { authorization_response_iss_parameter_supported: true }
  silent = await startBff({ tables: announcing.tables, clock: announcing.clock })
})

/** The authorization server redirects back with these parameters beside `state`; an undefined one is left out. */
async function respondWith(bff: TestBff, parameters: { [name: string]: string | undefined }) {
  const visitor = bff.newVisitor()
  const begun = await beginLogin(bff, visitor)
  const given = Object.entries({ ...begun.parameters, ...parameters })
  const query = new URLSearchParams(given.filter((pair): pair is [string, string] => pair[1] !== undefined))
  const cookies = fromAuthorizationServer(visitor)
  const callBack = (target: string) => outcomeOf(bff, () => visitor.navigate(target, cookies))
  return {
    outcome: await callBack(`/bff/callback?${query}`),
    /** The right response, with the cookie that was shown before. */
    again: () => callBack(begun.callbackTarget),
  }
}

const WRONG_ISSUERS: [string, (issuer: string) => string][] = [
  ['with a trailing slash', (issuer) => `${issuer}/`],
  ['with a suffix', (issuer) => `${issuer}.evil.example`],
  ['with a path', (issuer) => `${issuer}/tenant`],
  ['in another case', (issuer) => issuer.replace('http', 'HTTP')],
  ['with white space after it', (issuer) => `${issuer} `],
  ['percent-encoded twice', (issuer) => encodeURIComponent(issuer)],
  ['without its scheme', (issuer) => issuer.replace('http://', '')],
  ['of another server', () => 'https://evil.example'],
  ['that is empty', () => ''],
]

describe('the issuer in an authorization response', () => {
  it('that is ours, form-decoded, is accepted where it is announced [CB-04]', async () => {
    const { outcome } = await respondWith(announcing, { iss: announcing.server.issuer })
    expect(outcome).toEqual(COMPLETED)
  })

  it('that is missing is refused where it is announced [CB-05]', async () => {
    const { outcome } = await respondWith(announcing, { iss: undefined })
    expect(outcome).toEqual(INVALID)
  })

  it('that is missing is accepted where it is not announced [CB-05]', async () => {
    const { outcome } = await respondWith(silent, { iss: undefined })
    expect(outcome).toEqual(COMPLETED)
  })

  it('may be missing where the metadata denies it [CB-05]', async () => {
    const denying = await startBff({ tables: announcing.tables, clock: announcing.clock })
    denying.server.metadata = { authorization_response_iss_parameter_supported: false }
    expect((await respondWith(denying, { iss: undefined })).outcome).toEqual(COMPLETED)
  })

  it('that is ours though nobody announced it is accepted [CB-06]', async () => {
    const { outcome } = await respondWith(silent, { iss: silent.server.issuer })
    expect(outcome).toEqual(COMPLETED)
  })

  it.each(WRONG_ISSUERS)('%s is refused, announced or not [CB-04] [CB-06]', async (_, change) => {
    for (const bff of [announcing, silent]) {
      const { outcome } = await respondWith(bff, { iss: change(bff.server.issuer) })
      expect(outcome).toEqual(INVALID)
    }
  })

  it.each(WRONG_ISSUERS)('%s uses the state up [CB-02] [CB-04]', async (_, change) => {
    const { again } = await respondWith(silent, { iss: change(silent.server.issuer) })
    expect(await again()).toEqual(refused(400, 'login-transaction-replayed', 0))
  })

  it('that is missing uses the state up [CB-02] [CB-05]', async () => {
    const { again } = await respondWith(announcing, { iss: undefined })
    expect(await again()).toEqual(refused(400, 'login-transaction-replayed', 0))
  })
})

describe('an error response', () => {
  it.each<[string, (issuer: string) => string | undefined]>([
    ['another issuer', () => 'https://evil.example'],
    ['our issuer with a suffix', (issuer) => `${issuer}/`],
    ['no issuer where one is announced', () => undefined],
  ])('of %s is not taken for an answer of our authorization server [CB-07]', async (_, iss) => {
    for (const error of ['access_denied', 'login_required', 'server_error']) {
      const parameters = { code: undefined, error, iss: iss(announcing.server.issuer) }
      const { outcome } = await respondWith(announcing, parameters)
      expect(outcome).toEqual(INVALID)
      expect(announcing.log.at(-1)?.cause).toMatch(/^issuer-(?:mismatch|missing)$/)
    }
  })

  it('of our issuer is [CB-07] [CB-11]', async () => {
    const parameters = { code: undefined, error: 'access_denied', iss: announcing.server.issuer }
    const { outcome } = await respondWith(announcing, parameters)
    expect(outcome).toEqual(refused(403, 'authorization-denied', 0))
  })

  it.each<[string, { [name: string]: string | undefined }, string]>([
    ['without a state', { state: undefined }, 'authorization-response-invalid'],
    ['with a state of nobody', { state: 'A'.repeat(43) }, 'login-transaction-unknown'],
  ])('%s is not attributed to anyone [CB-01] [CB-07]', async (_, parameters, code) => {
    const { outcome, again } = await respondWith(silent, {
      code: undefined,
      error: 'access_denied',
      ...parameters,
    })
    expect(outcome).toEqual(refused(400, code, 0))
    expect(await again()).toEqual(COMPLETED)
  })
})

describe('an authorization server that was configured while a login was under way', () => {
  it('gets no code of the one before it, nor does the one before [TE-05] [AR-27]', async () => {
    const before = silent
    const after = await startBff({ tables: before.tables, clock: before.clock })
    const visitor = before.newVisitor()
    const { callbackTarget } = await beginLogin(before, visitor)
    const shown = fromAuthorizationServer(visitor)
    const requestsBefore = before.server.requestsTo('/token').length
    const outcome = await outcomeOf(after, () => after.newVisitor().navigate(callbackTarget, shown))

    expect(outcome).toEqual(INVALID)
    expect(before.server.requestsTo('/token')).toHaveLength(requestsBefore)
  })

  it('does not keep a login from being completed that was begun at itself [TE-05]', async () => {
    const other = await anotherInstance(silent)
    const visitor = silent.newVisitor()
    const { callbackTarget } = await beginLogin(silent, visitor)
    const shown = fromAuthorizationServer(visitor)
    expect(await outcomeOf(other, () => other.newVisitor().navigate(callbackTarget, shown))).toEqual(
      COMPLETED,
    )
  })
})
