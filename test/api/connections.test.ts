import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CertificateParts, selfSignedCertificate } from '../http/validation/certificate.ts'
import { type ApiUser, signedInUser, startApi, type TestApi } from '../support/api.ts'
import { startScriptedUpstream } from '../support/upstream.ts'

const usualAuthorities = getCACertificates('default')
let api: TestApi
let user: ApiUser
beforeEach(async () => {
  api = await startApi()
  user = await signedInUser(api)
})
afterEach(async () => {
  setDefaultCACertificates(usualAuthorities)
  await api.stop()
})

describe.each(['GET', 'HEAD'])('a call by %s', (method) => {
  it('goes over the connection of the call before it', async () => {
    await user.ask(method, '/api/orders')
    await user.ask(method, '/api/orders')
    expect(api.upstream.takeCalls().map(({ connection }) => connection)).toEqual([0, 0])
  })

  it('is sent once more, over a fresh connection, if that one is dead', async () => {
    await user.ask(method, '/api/orders')
    api.upstream.takeCalls()
    api.upstream.answer = ({ connection }) => (connection === 0 ? 'reset' : {})
    expect((await user.ask(method, '/api/orders')).status).toBe(200)
    expect(api.upstream.takeCalls().map(({ connection }) => connection)).toEqual([0, 1])
  })

  it('is sent no third time', async () => {
    await user.ask(method, '/api/orders')
    api.upstream.takeCalls()
    api.upstream.answer = () => 'reset'
    expect((await user.ask(method, '/api/orders')).status).toBe(502)
    expect(api.upstream.takeCalls().map(({ connection }) => connection)).toEqual([0, 1])
  })

  it('is not repeated if a fresh connection fails', async () => {
    api.upstream.answer = () => 'reset'
    expect((await user.ask(method, '/api/orders')).status).toBe(502)
    expect(api.upstream.takeCalls()).toHaveLength(1)
  })
})

describe.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a call by %s', (method) => {
  it('has a connection of its own, since it must not be repeated', async () => {
    await user.ask('GET', '/api/orders')
    await user.ask(method, '/api/orders', { body: '{}' })
    await user.ask(method, '/api/orders', { body: '{}' })
    const calls = api.upstream.takeCalls()
    expect(calls.map(({ connection }) => connection)).toEqual([0, 1, 2])
    expect(calls.map(({ head }) => /^connection: (.*)\r$/im.exec(head)?.[1])).toEqual([
      'keep-alive',
      'close',
      'close',
    ])
  })

  it('is never sent twice, whatever becomes of it', async () => {
    api.upstream.answer = () => 'reset'
    expect((await user.ask(method, '/api/orders', { body: '{}' })).status).toBe(502)
    expect(api.upstream.takeCalls()).toHaveLength(1)
  })
})

const HERE = '127.0.0.1'

async function behindTls(parts: CertificateParts, trusted: boolean) {
  const certificate = selfSignedCertificate(parts)
  const upstream = await startScriptedUpstream(certificate)
  if (trusted) setDefaultCACertificates([...usualAuthorities, certificate.cert])
  const secure = await startApi({ upstream })
  const answers = []
  for (const method of ['GET', 'POST']) {
    answers.push(await (await signedInUser(secure)).ask(method, '/api/orders', { body: '{}' }))
  }
  const outcome = {
    statuses: answers.map(({ status }) => status),
    codes: answers.map(({ code }) => code),
    calls: upstream.takeCalls().length,
  }
  await secure.stop()
  return outcome
}

const REFUSED = { statuses: [502, 502], codes: ['upstream-unavailable', 'upstream-unavailable'], calls: 0 }

describe('an upstream behind TLS', () => {
  it('with a certificate that an authority issued is called [PX-17]', async () => {
    const outcome = await behindTls({ host: HERE }, true)
    expect(outcome).toEqual({ statuses: [200, 200], codes: [undefined, undefined], calls: 2 })
  })

  it('with a certificate that it signed itself gets no token [PX-17]', async () => {
    expect(await behindTls({ host: HERE }, false)).toEqual(REFUSED)
  })

  it.each<[string, CertificateParts]>([
    ['another host', { host: 'other.example' }],
    ['another address', { host: '127.0.0.2' }],
    ['a time that is over', { host: HERE, validFrom: -2, validTo: -1 }],
    ['a time to come', { host: HERE, validFrom: 1, validTo: 2 }],
  ])('with a certificate for %s gets no token, whoever issued it [PX-17]', async (_, parts) => {
    expect(await behindTls(parts, true)).toEqual(REFUSED)
  })
})
