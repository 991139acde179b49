import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const found = (text: string, form: RegExp) =>
  [...text.matchAll(form)].map((match) => match.slice(1).join(' ')).sort()

describe('the reference pages', () => {
  it('list every problem with its status and words', () => {
    const inCode = found(
      read('functions/adapters/http/problem.ts'),
      /^ +'([a-z-]+)': \[\s*(\d{3}),\s*'([^']+)',?\s*\]/gm,
    )
    const inDocs = found(read('docs/errors.md'), /^\| `([a-z-]+)` \| (\d{3})[^|]*\| ([^|]+?) \|$/gm)
    expect(inCode.length).toBeGreaterThan(20)
    expect(inDocs).toEqual(inCode)
  })

  it('list every setting of the functions', () => {
    const sources = ['settings.ts', 'settings-sections.ts'].map((file) => read(`functions/lambda/${file}`))
    const inCode = new Set(found(sources.join(''), /'(BFF_[A-Z_]+)'/g))
    const inDocs = new Set(found(read('docs/configuration.md'), /`(BFF_[A-Z_]+)`/g))
    expect(inCode.size).toBeGreaterThan(15)
    expect(inDocs).toEqual(inCode)
  })

  it('list every event of the log', () => {
    const ports = read('functions/flows/ports.ts')
    const names = /type LogEventName =\n((?: {2}\|.*\n)+)/.exec(ports)?.[1] ?? ''
    const flowEvents = /interface FlowEvent {\n {2}readonly event:\n((?: {4}\|.*\n)+)/.exec(ports)?.[1] ?? ''
    const inCode = found(names.replace(/FlowEvent\['event'\]/, '') + flowEvents, /'([a-z-]+)'/g)
    expect(inCode.length).toBeGreaterThan(10)
    expect(found(read('docs/log.md'), /^\| `([a-z-]+)` \|/gm)).toEqual(inCode)
  })
})
