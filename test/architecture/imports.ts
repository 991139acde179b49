import { posix } from 'node:path'
import { codeOf, lineAt, type SourceFile } from './source-code.ts'

/** One module that a file names in an import, a re-export or a dynamic import. */
export interface Import {
  readonly from: string
  readonly line: number
  /** Path from the root for a file of ours; else the name of the package, such as `node:crypto` or `hono`. */
  readonly target: string
  readonly isOurs: boolean
  /** Nothing is loaded for it when the program runs. */
  readonly isTypeOnly: boolean
}

// Insides of strings are spaces here: only the place of the module's name is found, its text is read elsewhere.
const STATEMENT =
  /^[ \t]*(?:import\s*([\w\s{},*$]*?)\s*(?:\bfrom\s*)?|export\s*([\w\s{},*$]*?)\s*\bfrom\s*)(['"])( *)\3/gm
const CALL = /\b(?:import|require)\s*\(\s*(['"`])( *)\1/g

export function importsOf(file: SourceFile): Import[] {
  const code = codeOf(file.text)
  const statements = [...code.matchAll(STATEMENT)].map((match) => ({
    end: match.index + match[0].length,
    length: match[4]?.length ?? 0,
    isTypeOnly: /^type\b(?!\s*(?:,|from\b|$))/.test(match[1] ?? match[2] ?? ''),
  }))
  const calls = [...code.matchAll(CALL)].map((match) => ({
    end: match.index + match[0].length,
    length: match[2]?.length ?? 0,
    isTypeOnly: false,
  }))
  return [...statements, ...calls].map(({ end, length, isTypeOnly }) => {
    const name = file.text.slice(end - 1 - length, end - 1)
    return { from: file.path, line: lineAt(code, end), isTypeOnly, ...targetOf(name, file.path) }
  })
}

function targetOf(name: string, from: string): Pick<Import, 'target' | 'isOurs'> {
  if (/^\.{1,2}\//.test(name)) return { isOurs: true, target: posix.join(posix.dirname(from), name) }
  if (name.startsWith('node:')) return { isOurs: false, target: name }
  return { isOurs: false, target: name.split('/', name.startsWith('@') ? 2 : 1).join('/') }
}

/** Files that load each other in a circle: the first such circle from each file that begins one. */
export function importCycles(files: readonly SourceFile[]): string[][] {
  const loads = new Map(
    files.map((file) => [
      file.path,
      importsOf(file).flatMap(({ isOurs, isTypeOnly, target }) => (isOurs && !isTypeOnly ? [target] : [])),
    ]),
  )
  const cycles: string[][] = []
  const done = new Set<string>()
  function visit(path: string, trail: readonly string[]): void {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path])
    else if (!done.has(path)) {
      for (const next of loads.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
  }
  for (const path of loads.keys()) visit(path, [])
  return cycles
}
