import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { listen } from '../../dev/listen.ts'
import { programs, START } from './program.ts'

const start = programs()

describe('npm start', () => {
  it('says what runs where, is healthy, and stops cleanly on SIGTERM and SIGINT', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const run = start({ PORT: '0' })
      const origin = await run.origin()
      expect(run.output()).toContain('serverless-bff is running')
      expect(run.output()).toContain('sign in as alice / wonderland')
      expect(run.output()).toMatch(/Authorization server {3}http:\/\/127\.0\.0\.1:\d+ \(embedded\)/)
      expect((await fetch(`${origin}/bff/health`)).status).toBe(200)

      run.child.kill(signal)
      expect(await run.exitCode()).toBe(0)
    }
  })

  it('stops when the shell that npm runs it in is gone', async () => {
    const run = start({ PORT: '0', npm_lifecycle_event: 'start' }, [
      'sh',
      '-c',
      `"${process.execPath}" "${START}"; true`,
    ])
    const origin = await run.origin()
    run.child.kill('SIGTERM')
    await run.closed
    await expect(fetch(`${origin}/bff/health`)).rejects.toThrow()
  })

  it('tells every wrong setting at once, with no value, and exits non-zero', async () => {
    const run = start({
      PORT: 'many',
      AWS_ENDPOINT_URL_DYNAMODB: 'nowhere',
      BFF_ISSUER: 'http://evil.example',
      BFF_SESSION_IDLE_SECONDS: '-1',
    })
    expect(await run.exitCode()).toBe(1)
    for (const name of [
      'PORT must be',
      'AWS_ENDPOINT_URL_DYNAMODB must be',
      'BFF_ISSUER must be',
      'BFF_CLIENT_ID is missing',
      'BFF_CLIENT_SECRET is missing',
      'BFF_SESSION_IDLE_SECONDS must be',
    ]) {
      expect(run.output()).toContain(name)
    }
    expect(run.output()).not.toMatch(/evil|nowhere|many|at .*\.ts/)
  })

  it('says so when its port is taken, and how to choose another', async () => {
    const other = await listen(createServer(), 0, '127.0.0.1')
    const run = start({ PORT: String(other.port) })
    expect(await run.exitCode()).toBe(1)
    expect(run.output()).toContain(`Port ${other.port} is taken by another program.`)
    expect(run.output()).toContain('PORT=3100 npm start')
    await other.stop()
  })

  it('takes other ports for what it embeds if the next ones are taken', async () => {
    const { port, taken } = await portBeforeTakenOnes()
    const run = start({ PORT: String(port) })
    expect((await fetch(`${await run.origin()}/bff/health`)).status).toBe(200)
    const [api = ''] = run.apis()
    const ports = [run.issuer(), api].map((address) => Number(new URL(address).port))
    expect(ports).not.toContain(port + 1)
    expect(ports).not.toContain(port + 2)
    for (const address of [`${run.issuer()}/jwks`, `${api}/hello`]) {
      expect([200, 401]).toContain((await fetch(address)).status)
    }
    await Promise.all(taken.map((server) => server.stop()))
  })
})

describe('the API of npm start', () => {
  it('is reached through the function that calls APIs, which needs a session', async () => {
    const run = start({ PORT: '0' })
    const origin = await run.origin()
    expect(run.output()).toMatch(
      /API {20}http:\/\/localhost:\d+\/api\/demo\/ +at http:\/\/127\.0\.0\.1:\d+ \(embedded\)/,
    )
    for (const path of ['/api/demo/hello', '/%61pi/demo%2Fhello', '/api/demo%3Fhello']) {
      expect(await problemAt(`${origin}${path}`)).toEqual([401, 'session-required'])
    }
    expect(await problemAt(`${origin}/api/other/hello`)).toEqual([404, 'not-found'])
    expect(await problemAt(`${origin}/api`)).toEqual([404, 'not-found'])
  })

  it('is not there if you name APIs of your own', async () => {
    const upstream = { name: 'orders', target: 'http://127.0.0.1:9/v1' }
    const run = start({ PORT: '0', BFF_UPSTREAMS: JSON.stringify([upstream]) })
    const origin = await run.origin()
    expect(run.apis()).toEqual([upstream.target])
    expect(run.output()).not.toMatch(/API .*embedded/)
    expect(await problemAt(`${origin}/api/demo/hello`)).toEqual([404, 'not-found'])
    expect(await problemAt(`${origin}/api/orders/7`)).toEqual([401, 'session-required'])
  })

  it('is not there if you name an issuer of your own, which issues its access tokens to nobody here', async () => {
    const client = { BFF_CLIENT_ID: 'demo-spa-bff', BFF_CLIENT_SECRET: 'a shared secret' }
    const run = start({ PORT: '0', BFF_ISSUER: 'http://127.0.0.1:9', ...client })
    const origin = await run.origin()
    expect(run.apis()).toEqual([])
    expect(run.output()).not.toContain('embedded')
    expect(await problemAt(`${origin}/api/demo/hello`)).toEqual([404, 'not-found'])
  })
})

async function problemAt(url: string): Promise<[status: number, code: unknown]> {
  const response = await fetch(url, { headers: { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' } })
  return [response.status, ((await response.json()) as { code?: unknown }).code]
}

/** A free port, the next two of which another program has. */
async function portBeforeTakenOnes() {
  const free = await listen(createServer(), 0, '127.0.0.1')
  const { port } = free
  const next = [port + 1, port + 2].map((one) => listen(createServer(), one, '127.0.0.1'))
  const taken = (await Promise.allSettled(next)).flatMap((one) =>
    one.status === 'fulfilled' ? [one.value] : [],
  )
  await free.stop()
  return { port, taken }
}
