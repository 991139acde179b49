import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from '../../dev/listen.ts'
import { testDynamoDBEndpoint } from '../support/dynamodb.ts'
import { witnessLog } from '../support/witness.ts'

const START = fileURLToPath(new URL('../../dev/start.ts', import.meta.url))

let started: ChildProcess[] = []
afterEach(() => {
  for (const child of started) child.kill('SIGKILL')
  started = []
})

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

  it('uses an issuer and a DynamoDB of your own, which several instances may share', async () => {
    const shared = {
      PORT: '0',
      AWS_ENDPOINT_URL_DYNAMODB: await testDynamoDBEndpoint(),
      BFF_CLIENT_SECRET: 'a shared secret',
    }
    const first = start(shared)
    await first.origin()
    const issuer = /Authorization server +(\S+)/.exec(first.output())?.[1] ?? ''
    const second = start({ ...shared, BFF_ISSUER: issuer, BFF_CLIENT_ID: 'demo-spa-bff' })
    const origin = await second.origin()

    expect(second.output()).not.toContain('embedded')
    expect(second.output()).toContain(shared.AWS_ENDPOINT_URL_DYNAMODB)
    // Not fetch, which says that it is no navigation.
    const [login] = (await once(get(`${origin}/bff/login`), 'response')) as [IncomingMessage]
    expect(login.resume().headers.location?.startsWith(`${issuer}/auth?`)).toBe(true)
  })
})

function start(
  environment: Record<string, string>,
  [command = '', ...args]: string[] = [process.execPath, START],
) {
  const child = spawn(command, args, { env: { ...environment, PATH: process.env.PATH } })
  started.push(child)
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk
    witnessLog(String(chunk))
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const exit = once(child, 'close')
  return {
    child,
    /** All output has ended, that of what the child started included. */
    closed: exit,
    output: () => output,
    exitCode: async () => (await exit)[0] as number,
    async origin(): Promise<string> {
      while (!output.includes('Ctrl-C')) {
        await Promise.race([once(child.stdout, 'data'), exit])
        if (child.exitCode !== null) throw new Error(output)
      }
      return /Open +(\S+)\//.exec(output)?.[1] ?? ''
    },
  }
}
