import { readdirSync, readFileSync } from 'node:fs'
import { get } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { startBff, type TestBff } from '../../support/bff.ts'
import { testClock } from '../../support/clock.ts'
import { startScriptedAuthorizationServer } from '../../support/scripted-authorization-server.ts'
import { attemptLogin, COMPLETED } from './attempt.ts'
import { type Certificate, type CertificateParts, selfSignedCertificate } from './certificate.ts'

const HERE = '127.0.0.1'
const METADATA = '/.well-known/openid-configuration'

const usualAuthorities = getCACertificates('default')
afterEach(() => setDefaultCACertificates(usualAuthorities))

/** A BFF whose authorization server shows this certificate; `trusted`: as if an authority had issued it. */
async function bffBehindTls(parts: CertificateParts, trusted: boolean) {
  const certificate = selfSignedCertificate(parts)
  const clock = testClock()
  const server = await startScriptedAuthorizationServer(clock, { tls: certificate })
  if (trusted) setDefaultCACertificates([...usualAuthorities, certificate.cert])
  return { bff: await startBff({ clock, server }), certificate }
}

async function beginning(bff: TestBff) {
  const answer = await bff.newVisitor().callJson('/bff/login', {})
  return {
    status: answer.status,
    code: answer.json().code,
    rows: await bff.tables.items(bff.tables.loginTable),
  }
}

const UNAVAILABLE = { status: 503, code: 'authorization-server-unavailable', rows: [] }

describe('an authorization server behind TLS', () => {
  it('with a certificate that an authority issued is used [TE-11]', async () => {
    const { bff } = await bffBehindTls({ host: HERE }, true)
    expect(bff.settings.issuer).toMatch(/^https:/)
    expect(await attemptLogin(bff)).toEqual(COMPLETED)
  })

  it('with a certificate that it signed itself is not, though it answers [TE-11]', async () => {
    const { bff, certificate } = await bffBehindTls({ host: HERE }, false)

    expect(await beginning(bff)).toEqual(UNAVAILABLE)
    expect(bff.server.requests).toEqual([])
    expect(await statusFor(`${bff.settings.issuer}${METADATA}`, certificate)).toBe(200)
  })

  it.each<[string, CertificateParts]>([
    ['another host', { host: 'other.example' }],
    ['another address', { host: '127.0.0.2' }],
    ['a time that is over', { host: HERE, validFrom: -2, validTo: -1 }],
    ['a time to come', { host: HERE, validFrom: 1, validTo: 2 }],
  ])('with a certificate for %s is not, whoever issued it [TE-11]', async (_, parts) => {
    const { bff } = await bffBehindTls(parts, true)

    expect(await beginning(bff)).toEqual(UNAVAILABLE)
    expect(bff.server.requests).toEqual([])
  })

  it('whose certificate is no longer trusted gets no code [TE-11]', async () => {
    const { bff } = await bffBehindTls({ host: HERE }, true)
    const visitor = bff.newVisitor()
    const { authorizationUrl } = (await visitor.callJson('/bff/login', {})).json<{
      authorizationUrl: string
    }>()
    const state = new URL(authorizationUrl).searchParams.get('state')
    setDefaultCACertificates(usualAuthorities)
    const answer = await visitor.callJson('/bff/callback', {
      code: bff.server.issueCode(authorizationUrl),
      state,
    })

    expect(answer.json()).toMatchObject({ status: 503, code: 'authorization-server-unavailable' })
    expect(bff.server.requestsTo('/token')).toEqual([])
    expect(visitor.jar.size).toBe(0)
  })
})

describe('the metadata of an https issuer', () => {
  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'revocation_endpoint'])(
    'is not used when its %s is plain http, also on this machine [MD-04]',
    async (endpoint) => {
      const { bff } = await bffBehindTls({ host: HERE }, true)
      bff.server.metadata = { [endpoint]: 'http://127.0.0.1:9/endpoint' }

      expect(await beginning(bff)).toEqual(UNAVAILABLE)
      expect(bff.log.at(-1)).toMatchObject({ cause: 'endpoint-insecure' })
    },
  )
})

describe('the functions', () => {
  it('nowhere switch certificate checks off [TE-11]', () => {
    const root = new URL('../../../functions/', import.meta.url)
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    const switching = files.filter((file) =>
      /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity/.test(
        readFileSync(new URL(file, root), 'utf8'),
      ),
    )

    expect(files.length).toBeGreaterThan(10)
    expect(switching).toEqual([])
  })
})

/** Asks a server as a client would that knows its certificate. */
function statusFor(url: string, { cert }: Certificate): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { ca: cert, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}
