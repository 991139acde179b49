import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rowsOf } from './requirement-rows.ts'

const ROOT = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')

const rows = rowsOf(read('docs/requirements.md'))

describe('docs/requirements.md', () => {
  it('has a row once for each requirement', () => {
    const ids = rows.map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(100)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  it('says of every row that it is met, and by which test, or not yet, or not ours, and why', () => {
    const silent = rows.filter(({ status, test }) =>
      status.startsWith('met') ? test === undefined : !/^not (?:yet|ours).*: \S/.test(status),
    )
    expect(silent.map(({ id }) => id)).toEqual([])
  })

  it('quotes for every row that is met a test whose name names the requirement', () => {
    const wrong = rows.filter(({ id, test }) => test !== undefined && !names(test, id))
    expect(wrong.map(({ id }) => id)).toEqual([])
  })
})

/** Whether the name stands in the file, somewhere followed by the ID before the name ends. */
function names({ file, name }: { file: string; name: string }, id: string): boolean {
  const [, ...rests] = plain(read(file)).split(plain(name))
  return rests.some((rest) => rest.split(/['"`]/, 1)[0]?.includes(`[${id}]`))
}

/** Without escapes and line breaks, which a page and a source write differently. */
function plain(text: string): string {
  return text.replace(/\\/g, '').replace(/\s+/g, ' ')
}
