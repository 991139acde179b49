import { describe, expect, it } from 'vitest'
import { CODE_RULES } from './code-rules.ts'
import { importCycles, importsOf } from './imports.ts'
import { snippet } from './rule.ts'
import { codeOf, functionBodies } from './source-code.ts'

describe('the code of a text', () => {
  it.each([
    ['a line comment', 'a // Date.now()\nb', 'a              \nb'],
    ['a block comment', 'a /* x\n y */ b', 'a     \n      b'],
    ['the inside of a string', "f('it\\'s // x') + g", "f('          ') + g"],
    ['the inside of a regular expression', 'x = /[/"{]\\//g; y', 'x = /        g; y'],
    ['the text of a template', 'f(`a { b`) + c', 'f(`     `) + c'],
  ])('leaves out %s and keeps every place', (_, text, code) => {
    expect(codeOf(text)).toBe(code)
  })

  it.each([
    ['a division', 'a / b / c'],
    ['a division after a call', 'f(x) / 2 / g'],
    ['braces', 'if (a) { b } else { c }'],
  ])('keeps %s', (_, text) => {
    expect(codeOf(text)).toBe(text)
  })

  it('keeps what is computed inside a template, at any depth', () => {
    const text = `\`x \${a + \`y \${b({ c: 1 })} z\`} w\` + d`
    expect(codeOf(text)).toBe(text.replace(/[xyzw]/g, ' '))
  })
})

describe('the imports of a file', () => {
  it.each([
    ["import { a } from './b.ts'", { target: 'functions/flows/b.ts', isTypeOnly: false }],
    [
      "import {\n  a,\n  type B,\n} from '../domain/b.ts'",
      { target: 'functions/domain/b.ts', isTypeOnly: false },
    ],
    ["import type { B } from '../domain/b.ts'", { target: 'functions/domain/b.ts', isTypeOnly: true }],
    ["export type { B } from './b.ts'", { target: 'functions/flows/b.ts', isTypeOnly: true }],
    ["export * from './b.ts'", { target: 'functions/flows/b.ts', isTypeOnly: false }],
    ["import './b.ts'", { target: 'functions/flows/b.ts', isTypeOnly: false }],
    ["import type from './b.ts'", { target: 'functions/flows/b.ts', isTypeOnly: false }],
    ["import * as b from 'node:crypto'", { target: 'node:crypto', isTypeOnly: false }],
    ["import b, { type C } from '@scope/name/deep'", { target: '@scope/name', isTypeOnly: false }],
    ['const b = await import("hono/html")', { target: 'hono', isTypeOnly: false }],
    ["const b = require('lodash')", { target: 'lodash', isTypeOnly: false }],
  ])('are read from %j', (text, expected) => {
    const imports = importsOf(snippet('functions/flows/a.ts', text))
    expect(imports.map(({ target, isTypeOnly }) => ({ target, isTypeOnly }))).toEqual([expected])
  })

  it.each([
    "// import { a } from './b.ts'",
    'const text = "import { a } from \'./b.ts\'"',
    "export const from = 'b'",
    'export function a(b = import.meta.url) {}',
  ])('are not found where there are none: %j', (text) => {
    expect(importsOf(snippet('functions/flows/a.ts', text))).toEqual([])
  })

  it('make a cycle by what is loaded, not by types', () => {
    const back = snippet('functions/flows/b.ts', "import type { A } from './a.ts'")
    expect(importCycles([snippet('functions/flows/a.ts', "import { b } from './b.ts'"), back])).toEqual([])
    expect(importCycles([snippet('functions/flows/a.ts', "import { a } from './a.ts'")])).toHaveLength(1)
  })
})

describe('the functions of a file', () => {
  const LONG = ['  f({ a: 1 })', '  f({ b: 2 })']
  it.each([
    ['a declaration', ['export function a<T>(b: { c: T }): { d: T } {', ...LONG, '}'], [4]],
    ['parameters on lines of their own', ['function a(', '  b: string,', '): void {', ...LONG, '}'], [6]],
    ['an arrow function', ['const a = async (b: string): Promise<{ c: 1 }> => {', ...LONG, '}'], [4]],
    ['an arrow function of one name', ['const a = f((b) => b.map(c => {', ...LONG, '}))'], [4]],
    [
      'methods',
      ['class A {', '  constructor(b: string) {', ...LONG, '  }', '  get c() { return 1 }', '}'],
      [4, 1],
    ],
    ['one function in another', ['function a() {', '  return () => {', ...LONG, '  }', '}'], [4, 6]],
    ['a function after a default value', ['function a(b = ")", c = () => 1) {', ...LONG, '}'], [4]],
  ])('are measured: %s', (_, lines, expected) => {
    expect(functionBodies(snippet('dev/a.ts', ...lines)).map((body) => body.lines)).toEqual(expected)
  })

  it.each([
    ['control flow', 'if (a) { b() } for (const c of d) { e() } while (f) { g() } switch (h) { default: }'],
    ['exceptions', 'try { a() } catch (error) { b() } finally { c() }'],
    ['asynchronous loops', 'for await (const a of b) { c() }'],
    ['types and objects', 'interface A { b: () => void }\nconst c = { d: 1 }\nclass E extends F {}'],
    ['an arrow function without braces', 'const a = () => ({ b: 1 })'],
  ])('are not what only looks like one: %s', (_, text) => {
    expect(functionBodies(snippet('dev/a.ts', text))).toEqual([])
  })
})

describe('a rule about code', () => {
  it.each([
    ['a comment', '/** Unlike `Date.now()` or `new Date()`; `process.env`, Response, fetch() */'],
    ['a text', "const detail = 'The Response has no Headers; fetch(it) again'"],
    [
      'a longer name',
      'function readAuthorizationResponse(response: AuthorizationResponse) { prefetch(response) }',
    ],
  ])('is not broken by %s', (_, text) => {
    const file = snippet('functions/domain/a.ts', text)
    expect(CODE_RULES.flatMap((rule) => rule.check([file]))).toEqual([])
  })
})
