import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleFunction } from '../../infra/bundling/function-bundle.ts'

interface Outcome {
  readonly exitCode: unknown
  readonly errors: string
}

/** CDK takes its time to load, and longer on a busy machine. */
const PATIENCE_MILLISECONDS = 120_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cdk-synth-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('npx cdk synth in a fresh clone', () => {
  let outcome: Outcome
  beforeAll(async () => {
    outcome = await synth('cloned')
  }, PATIENCE_MILLISECONDS)

  it('works without an account and a network', async () => {
    expect(outcome.errors).not.toMatch(/error/i)
    expect(outcome.exitCode).toBe(0)
    expect(await readdir(join(folder, 'cloned'))).toContain('ServerlessBff.template.json')
  })

  it('warns of the example values', () => {
    const keys = 'publicOrigin, issuer, clientId, clientSecretArn'
    expect(outcome.errors).toContain(`example values stand in the context for ${keys}.`)
  })

  it('bundles each function into one file, byte for byte the one that the tests load', async () => {
    const assets = (await readdir(join(folder, 'cloned'))).filter((name) => name.startsWith('asset.'))
    const deployed = await Promise.all(assets.map((asset) => bytesOf(join('cloned', asset, 'index.mjs'))))
    for (const asset of assets) {
      expect(await readdir(join(folder, 'cloned', asset))).toEqual(['index.mjs'])
    }
    await bundleFunction('auth', join(folder, 'auth.mjs'))
    await bundleFunction('api', join(folder, 'api.mjs'))
    expect(deployed.sort(Buffer.compare)).toEqual(
      [await bytesOf('auth.mjs'), await bytesOf('api.mjs')].sort(Buffer.compare),
    )
  })
})

describe('npx cdk synth with wrong settings', () => {
  it('fails with every one of them, a line each, and nothing else', async () => {
    const wrong = ['issuer=', 'clientId=', 'publicOrigin=http://localhost:3000', 'sessionIdleSeconds=5']
    const { exitCode, errors } = await synth('wrong', wrong)
    expect(errors.trim().split('\n')).toEqual([
      'The settings in the CDK context (cdk.json, -c key=value) are not usable.',
      expect.stringMatching(/^issuer is missing: /),
      expect.stringMatching(/^clientId is missing: /),
      expect.stringMatching(/^sessionIdleSeconds must be a whole number /),
      expect.stringMatching(/^publicOrigin must begin with https: /),
      expect.stringContaining('Subprocess exited with error 1'),
    ])
    expect(exitCode).toBe(1)
  })
})

function bytesOf(file: string): Promise<Buffer> {
  return readFile(join(folder, file))
}

function synth(name: string, context: readonly string[] = []): Promise<Outcome> {
  const settings = context.flatMap((setting) => ['-c', setting])
  const options = ['--quiet', '--no-notices', '--output', join(folder, name), ...settings]
  const command = [resolve('node_modules/aws-cdk/bin/cdk'), 'synth', ...options]
  return new Promise((done) => {
    execFile(process.execPath, command, { env: offline() }, (error, _output, errors) => {
      done({ exitCode: error === null ? 0 : error.code, errors })
    })
  })
}

/** No account, and a proxy that refuses every connection. */
function offline(): NodeJS.ProcessEnv {
  const proxy = 'http://127.0.0.1:9'
  const path = [resolve('node_modules/.bin'), process.env.PATH].join(delimiter)
  return {
    PATH: path,
    HOME: folder,
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  }
}
