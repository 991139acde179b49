import type { SettingRule } from './setting-rules.ts'

export type Environment = { readonly [name: string]: string | undefined }

/** One wrong setting. Its value is not repeated: it may be a secret in the wrong place. */
export interface SettingProblem {
  readonly name: string
  /** Completes a sentence that begins with the name. */
  readonly rule: string
}

/**
 * Reads settings one by one and collects every problem. An empty variable counts as absent. While there are
 * problems the values read are placeholders and must not be used.
 */
export function createSettingsReader(environment: Environment) {
  const problems: SettingProblem[] = []

  function parse<T>(name: string, text: string, rule: SettingRule<T>): T {
    const value = rule.parse(text)
    if (value === undefined) problems.push({ name, rule: `must be ${rule.expects}` })
    return value as T
  }

  return {
    problems,

    isSound(...names: string[]): boolean {
      return !problems.some(({ name }) => names.includes(name))
    },

    required<T>(name: string, rule: SettingRule<T>): T {
      const text = environment[name]
      if (text) return parse(name, text, rule)
      problems.push({ name, rule: `is missing: it must be ${rule.expects}` })
      return undefined as T
    },

    optional<T, D>(name: string, rule: SettingRule<T>, absent: D): T | D {
      const text = environment[name]
      return text ? parse(name, text, rule) : absent
    },
  }
}

/** All problems in one message, a line each. */
export function describeProblems(problems: readonly SettingProblem[]): string {
  return problems.map(({ name, rule }) => `${name} ${rule}.`).join('\n')
}
