/**
 * The expression language of DynamoDB, as far as the statements of this project speak it. What they do not use is
 * refused, so that a statement is never taken for another one.
 */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'exists' | 'not-exists'; readonly attribute: string }
  | { readonly kind: 'compare'; readonly attribute: string; readonly operator: string; readonly to: string }
  | { readonly kind: 'between'; readonly attribute: string; readonly low: string; readonly high: string }

export type Change =
  | { readonly kind: 'set'; readonly attribute: string; readonly unlessExists?: string; readonly to: string }
  | { readonly kind: 'remove'; readonly attribute: string }
  | { readonly kind: 'add' | 'delete'; readonly attribute: string; readonly value: string }

const TOKEN = /\s*([:#]?\w+|<=|>=|[=<>(),])/y
const KEYWORDS = /^(?:AND|OR|BETWEEN|SET|REMOVE|ADD|DELETE)$/i
const COMPARATORS = ['=', '<', '<=', '>', '>=']

export const parseCondition = remembered((text) => {
  const tokens = tokensOf(text)
  const condition = readOr(tokens)
  tokens.end()
  return condition
})

export const parseChanges = remembered((text) => {
  const tokens = tokensOf(text)
  const changes: Change[] = []
  while (!tokens.isAtEnd()) {
    const read = CLAUSES[tokens.next().toUpperCase()] ?? tokens.refuse()
    do changes.push(read(tokens))
    while (tokens.takeIf(','))
  }
  return changes
})

type Tokens = ReturnType<typeof tokensOf>

const CLAUSES: { readonly [clause: string]: (tokens: Tokens) => Change } = {
  SET(tokens) {
    const attribute = tokens.name()
    tokens.take('=')
    if (!tokens.takeIf('if_not_exists')) return { kind: 'set', attribute, to: tokens.value() }
    tokens.take('(')
    const unlessExists = tokens.name()
    tokens.take(',')
    const to = tokens.value()
    tokens.take(')')
    return { kind: 'set', attribute, unlessExists, to }
  },
  REMOVE: (tokens) => ({ kind: 'remove', attribute: tokens.name() }),
  ADD: (tokens) => ({ kind: 'add', attribute: tokens.name(), value: tokens.value() }),
  DELETE: (tokens) => ({ kind: 'delete', attribute: tokens.name(), value: tokens.value() }),
}

/** OR binds least, then AND: so it is in DynamoDB. */
function readOr(tokens: Tokens): Condition {
  const parts = [readAnd(tokens)]
  while (tokens.takeIf('OR')) parts.push(readAnd(tokens))
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'or', parts }
}

function readAnd(tokens: Tokens): Condition {
  const parts = [readTest(tokens)]
  while (tokens.takeIf('AND')) parts.push(readTest(tokens))
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'and', parts }
}

function readTest(tokens: Tokens): Condition {
  if (tokens.takeIf('(')) {
    const inner = readOr(tokens)
    tokens.take(')')
    return inner
  }
  for (const kind of ['exists', 'not-exists'] as const) {
    if (!tokens.takeIf(kind === 'exists' ? 'attribute_exists' : 'attribute_not_exists')) continue
    tokens.take('(')
    const attribute = tokens.name()
    tokens.take(')')
    return { kind, attribute }
  }
  const attribute = tokens.name()
  if (tokens.takeIf('BETWEEN')) {
    const low = tokens.value()
    tokens.take('AND')
    return { kind: 'between', attribute, low, high: tokens.value() }
  }
  const operator = tokens.next()
  return COMPARATORS.includes(operator)
    ? { kind: 'compare', attribute, operator, to: tokens.value() }
    : tokens.refuse()
}

function tokensOf(text: string) {
  const tokens = [...split(text)]
  let position = 0
  const refuse = (): never => {
    throw new Error(`This engine does not understand the expression at token ${position + 1}: ${text}`)
  }
  const peek = () => tokens[position] ?? ''
  const next = () => tokens[position++] ?? refuse()
  const takeIf = (word: string) => {
    const found = peek().toUpperCase() === word.toUpperCase()
    if (found) position += 1
    return found
  }
  return {
    refuse,
    next,
    takeIf,
    take: (word: string) => takeIf(word) || refuse(),
    name: () => (/^[#\w]/.test(peek()) && !KEYWORDS.test(peek()) ? next() : refuse()),
    value: () => (peek().startsWith(':') ? next() : refuse()),
    isAtEnd: () => position === tokens.length,
    end: () => position === tokens.length || refuse(),
  }
}

function* split(text: string) {
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex
    const token = TOKEN.exec(text)?.[1]
    if (token === undefined) throw new Error(`This engine does not know the sign at ${from}: ${text}`)
    yield token
  }
}

function remembered<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const parsed = known.get(text) ?? parse(text)
    known.set(text, parsed)
    return parsed
  }
}
