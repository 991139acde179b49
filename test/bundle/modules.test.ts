import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleAuthFunction } from '../../infra/bundling/auth-bundle.ts'

describe('the bundle of the auth function', () => {
  let folder: string
  let modules: readonly string[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'auth-bundle-'))
    const { inputs } = await bundleAuthFunction(join(folder, 'auth.mjs'))
    modules = Object.keys(inputs)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('has one source of credentials: the environment', () => {
    expect(modules).toContain('functions/lambda/environment-credentials.ts')
    expect(modules.filter((file) => /credential-provider|token-providers|nested-clients/.test(file))).toEqual(
      [],
    )
  })

  it('has nothing of the local run or the stack', () => {
    const own = modules.filter((file) => !file.startsWith('node_modules/'))
    expect(own.filter((file) => !/^functions\//.test(file))).toEqual([])
  })
})
