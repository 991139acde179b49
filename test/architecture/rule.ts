import type { SourceFile } from './source-code.ts'

/** One rule of the architecture, as a sentence that a failure shows. */
export interface Rule {
  readonly statement: string
  /** Files that break it, each by itself or all together: the rule can fail. */
  readonly brokenBy: readonly SourceFile[]
  /** What breaks the rule, one text each. */
  readonly check: (files: readonly SourceFile[]) => readonly string[]
}

/** Everything that breaks a rule, each with the rule itself, so that a failure explains what to do. */
export function violations(rule: Rule, files: readonly SourceFile[]): string[] {
  return rule.check(files).map((found) => `${found}. Rule: ${rule.statement}`)
}

export function isUnder(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`))
}

export function snippet(path: string, ...lines: readonly string[]): SourceFile {
  return { path, text: lines.join('\n') }
}
