import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CLONED_CONTEXT } from './example-settings.ts'

describe('the CDK toolchain', () => {
  it('has its command line pinned, since the newest in the registry cannot read what the library writes', () => {
    expect(jsonIn('package.json').devDependencies['aws-cdk']).toBe('2.1148.1')
    expect(jsonIn('node_modules/aws-cdk/package.json').version).toBe('2.1148.1')
  })

  it('has every feature flag at the value that the library recommends', () => {
    const recommended = jsonIn('node_modules/aws-cdk-lib/recommended-feature-flags.json')
    const flags = Object.entries(CLONED_CONTEXT).filter(([key]) => key.startsWith('@'))
    expect(Object.fromEntries(flags)).toEqual(recommended)
  })
})

function jsonIn(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
