import { globSync, readFileSync } from 'node:fs'
import { posix, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CODE_RULES } from './code-rules.ts'
import { IMPORT_RULES } from './import-rules.ts'
import { importsOf } from './imports.ts'
import { violations } from './rule.ts'
import { SHAPE_RULES } from './shape-rules.ts'
import type { SourceFile } from './source-code.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const RULES = [...IMPORT_RULES, ...CODE_RULES, ...SHAPE_RULES].map((rule) => [rule.statement, rule] as const)
const FILES: readonly SourceFile[] = globSync('{functions,infra,dev}/**/*.{ts,mts,cts}', { cwd: ROOT })
  .map((path) => path.replaceAll(sep, posix.sep))
  .map((path) => ({ path, text: readFileSync(resolve(ROOT, path), 'utf8') }))

describe('the sources', () => {
  it.each(RULES)('keep the rule: %s', (_, rule) => {
    expect(violations(rule, FILES)).toEqual([])
  })

  it.each(['functions/domain', 'functions/flows', 'functions/adapters', 'functions/lambda', 'infra', 'dev'])(
    'of %s are all read, so that no rule holds for want of files',
    (folder) => {
      expect(FILES.filter(({ path }) => path.startsWith(`${folder}/`)).length).toBeGreaterThan(3)
    },
  )

  it('import no file of ours that does not exist, so that no import is misread', () => {
    const paths = new Set(FILES.map(({ path }) => path))
    const unknown = FILES.flatMap(importsOf).filter(({ isOurs, target }) => isOurs && !paths.has(target))
    expect(unknown).toEqual([])
  })
})

describe('a rule of the architecture', () => {
  it.each(RULES)('is broken by each of its examples, and says so: %s', (_, rule) => {
    const found = violations(rule, rule.brokenBy)
    expect(rule.brokenBy.filter(({ path }) => !found.some((text) => text.includes(path)))).toEqual([])
    for (const text of found) expect(text).toContain(`. Rule: ${rule.statement}`)
  })
})
