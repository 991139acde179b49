import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleFunction, ENTRIES, type FunctionName } from '../../infra/bundling/function-bundle.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundles-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Every module that is in the bundle with at least a byte. */
async function modulesIn(name: FunctionName): Promise<string[]> {
  const { outputs } = await bundleFunction(name, join(folder, `${name}.mjs`))
  const [inputs = {}] = Object.values(outputs).map((output) => output.inputs)
  return Object.keys(inputs).filter((file) => inputs[file]?.bytesInOutput)
}

describe.each(Object.keys(ENTRIES) as FunctionName[])('the bundle of %s', (name) => {
  let modules: readonly string[]
  beforeAll(async () => {
    modules = await modulesIn(name)
  })
  const named = (pattern: RegExp) => modules.filter((file) => pattern.test(file))

  it('has one source of credentials: the environment', () => {
    expect(modules).toContain('functions/lambda/environment-credentials.ts')
    expect(named(/credential-provider|token-providers|nested-clients/)).toEqual([])
  })

  it('has of jose what verifies a signature: it encrypts nothing, and fetches no key itself', () => {
    expect(named(/jose\/.*\/jws\//)).not.toEqual([])
    expect(named(/jose\/.*\/(?:jwe|jwt)\/|jose\/.*(?:remote|encrypt|decrypt|sign\.)/)).toEqual([])
  })

  it('has nothing for streams of events, which no operation of ours answers with', () => {
    expect(named(/@smithy\/core\/.*event-?stream/)).toEqual([])
  })

  it('has nothing of the local run or the stack', () => {
    const own = modules.filter((file) => !file.startsWith('node_modules/'))
    expect(own.filter((file) => !/^functions\//.test(file))).toEqual([])
  })
})

describe.each(['api', 'authorizer'] as const)('the bundle of %s', (name) => {
  it('has no step of a login or a logout, which the bundle of auth has', async () => {
    const steps = (modules: readonly string[]) =>
      modules.filter((file) =>
        /flows\/(?:begin-login|complete-login|open-session|end-session|accept-backchannel)/.test(file),
      )
    expect(steps(await modulesIn('auth'))).toHaveLength(5)
    expect(steps(await modulesIn(name))).toEqual([])
  })
})
