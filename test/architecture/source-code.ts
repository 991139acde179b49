import { stripTypeScriptTypes } from 'node:module'

/** One file of the project: its path from the root, with forward slashes, and what is in it. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

export interface FunctionBody {
  readonly firstLine: number
  readonly lines: number
}

const LINE_COMMENT = /\/\/[^\n]*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y
const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y
const REGULAR_EXPRESSION = /\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y
/** What may stand before a regular expression; after anything else a slash divides. */
const BEFORE_REGULAR_EXPRESSION = /(?:^|[(,=:[!&|?{};+*%~^<>-]|\b(?:return|typeof|case|in|of|await|else))\s*$/

/**
 * The code of a text alone. Comments and the insides of strings, templates and regular expressions become spaces, so
 * that every position and every line stays where it was.
 */
export function codeOf(text: string): string {
  const braces: ('block' | 'template')[] = []
  let code = ''
  while (code.length < text.length) code += nextPiece(text, code, braces)
  return code
}

/** What comes after `code`: a comment, a literal, the text of a template up to its next brace, or one character. */
function nextPiece(text: string, code: string, braces: ('block' | 'template')[]): string {
  const position = code.length
  const comment = matchAt(LINE_COMMENT, text, position) ?? matchAt(BLOCK_COMMENT, text, position)
  if (comment !== undefined) return blank(comment)
  const literal = matchAt(STRING, text, position) ?? regularExpressionAt(text, code)
  if (literal !== undefined) return literal.charAt(0) + blank(literal.slice(1, -1)) + literal.slice(-1)
  const character = text.charAt(position)
  if (character === '{') braces.push('block')
  const continuesTemplate = character === '}' && braces.pop() === 'template'
  if (character !== '`' && !continuesTemplate) return character
  const inside = matchAt(TEMPLATE_TEXT, text, position + 1) ?? ''
  const isClosed = text.charAt(position + 1 + inside.length) === '`'
  if (!isClosed) braces.push('template')
  return character + blank(inside) + (isClosed ? '`' : '${')
}

function regularExpressionAt(text: string, code: string): string | undefined {
  return BEFORE_REGULAR_EXPRESSION.test(code.slice(-40))
    ? matchAt(REGULAR_EXPRESSION, text, code.length)
    : undefined
}

function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position
  return pattern.exec(text)?.[0]
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length
}

/** Every function with a body in braces, from the line of its parameters to that of its closing brace. */
export function functionBodies({ text }: SourceFile): FunctionBody[] {
  const code = codeOf(stripTypeScriptTypes(text))
  return bracePairs(code).flatMap(([open, close]) => {
    const start = startOfFunction(code, open)
    if (start === undefined) return []
    const firstLine = lineAt(code, start)
    return [{ firstLine, lines: lineAt(code, close) - firstLine + 1 }]
  })
}

/** Where the function begins whose body opens at `open`; undefined if that brace opens something else. */
function startOfFunction(code: string, open: number): number | undefined {
  const arrow = /=>\s*$/.exec(code.slice(0, open))
  const head = code.slice(0, arrow?.index ?? open).trimEnd()
  if (!head.endsWith(')')) return arrow === null ? undefined : head.length - 1
  const parameters = openingOf(code, head.length - 1)
  const keyword = /(\w+)\s*$/.exec(code.slice(0, parameters))?.[1] ?? ''
  const isControl = /^(?:if|for|while|switch|catch|await|with)$/.test(keyword)
  return isControl && arrow === null ? undefined : parameters
}

function openingOf(code: string, close: number): number {
  let depth = 0
  for (let index = close; index >= 0; index--) {
    if (code[index] === ')') depth++
    if (code[index] === '(' && --depth === 0) return index
  }
  return 0
}

function bracePairs(code: string): [open: number, close: number][] {
  const open: number[] = []
  const pairs: [number, number][] = []
  for (const { 0: brace, index } of code.matchAll(/[{}]/g)) {
    if (brace === '{') open.push(index)
    else pairs.push([open.pop() ?? index, index])
  }
  return pairs
}
