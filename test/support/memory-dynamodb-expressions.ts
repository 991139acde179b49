import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { type Condition, parseChanges, parseCondition } from './memory-dynamodb-grammar.ts'

export type Item = Readonly<Record<string, AttributeValue>>

/** The placeholders of one statement. */
export interface Placeholders {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined
}

export function holds(text: string, item: Item, given: Placeholders): boolean {
  return isTrue(parseCondition(text), item, given)
}

/** The item after an update: every operand is read from the item as it was. */
export function updated(text: string, item: Item, given: Placeholders): Item {
  const after: Record<string, AttributeValue> = { ...item }
  for (const change of parseChanges(text)) {
    const attribute = named(change.attribute, given)
    switch (change.kind) {
      case 'set': {
        const kept = change.unlessExists === undefined ? undefined : item[named(change.unlessExists, given)]
        after[attribute] = kept ?? givenAs(change.to, given)
        break
      }
      case 'remove':
        delete after[attribute]
        break
      default: {
        const operand = givenAs(change.value, given)
        const value =
          change.kind === 'add' ? sum(item[attribute], operand) : without(item[attribute], operand)
        if (value === undefined) delete after[attribute]
        else after[attribute] = value
      }
    }
  }
  return after
}

function isTrue(condition: Condition, item: Item, given: Placeholders): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => isTrue(part, item, given))
    case 'or':
      return condition.parts.some((part) => isTrue(part, item, given))
    case 'exists':
      return item[named(condition.attribute, given)] !== undefined
    case 'not-exists':
      return item[named(condition.attribute, given)] === undefined
    case 'compare':
      return compares(condition.attribute, condition.operator, condition.to, item, given)
    case 'between':
      return (
        compares(condition.attribute, '>=', condition.low, item, given) &&
        compares(condition.attribute, '<=', condition.high, item, given)
      )
  }
}

const HOLDS_FOR: { readonly [operator: string]: (order: number) => boolean } = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** What is missing, or of another type, compares with nothing. */
function compares(attribute: string, operator: string, to: string, item: Item, given: Placeholders): boolean {
  const order = orderOf(item[named(attribute, given)], givenAs(to, given))
  return order !== undefined && HOLDS_FOR[operator]?.(order) === true
}

function orderOf(one: AttributeValue | undefined, other: AttributeValue): number | undefined {
  if (one?.N !== undefined && other.N !== undefined) return Number(one.N) - Number(other.N)
  if (one?.S !== undefined && other.S !== undefined) {
    return one.S === other.S ? 0 : Buffer.compare(Buffer.from(one.S), Buffer.from(other.S))
  }
  if (one?.B !== undefined && other.B !== undefined) return Buffer.compare(one.B, other.B)
  return undefined
}

function givenAs(name: string, { ExpressionAttributeValues }: Placeholders): AttributeValue {
  return ExpressionAttributeValues?.[name] ?? missing(name)
}

function named(name: string, { ExpressionAttributeNames }: Placeholders): string {
  return name.startsWith('#') ? (ExpressionAttributeNames?.[name] ?? missing(name)) : name
}

function sum(before: AttributeValue | undefined, { SS = [] }: AttributeValue): AttributeValue {
  return { SS: [...new Set([...(before?.SS ?? []), ...SS])] }
}

/** A set that has lost its last member is no attribute any more. */
function without(
  before: AttributeValue | undefined,
  { SS = [] }: AttributeValue,
): AttributeValue | undefined {
  const left = before?.SS?.filter((member) => !SS.includes(member)) ?? []
  return left.length === 0 ? undefined : { SS: left }
}

function missing(what: string): never {
  throw Object.assign(new Error(`The statement gives no value for ${what}`), { name: 'ValidationException' })
}
