import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import type { Statement } from './memory-dynamodb.ts'

/**
 * Statements in every form that this project's use, with random conditions and changes, on two rows of few attributes:
 * so few that they meet.
 */
const NUMBERS = ['n', 'm'] as const
const TEXTS = ['s', '#t'] as const
const SET = 'members'
const NAMES = { '#t': 'ttl' }

const numberValue = fc.constantFrom('0', '1', '2', '10').map((N): AttributeValue => ({ N }))
const textValue = fc.constantFrom('', 'a', 'B', 'a b', 'ä').map((S): AttributeValue => ({ S }))
const setValue = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 })
  .map((SS): AttributeValue => ({ SS }))
const numberName = fc.constantFrom(...NUMBERS)
const textName = fc.constantFrom(...TEXTS)
const anyName = fc.constantFrom(...NUMBERS, ...TEXTS, SET)

/** A piece of an expression with the values that it names: `?` stands for the next of them. */
interface Piece {
  readonly text: string
  readonly values: readonly AttributeValue[]
}

const piece = (text: string, ...values: AttributeValue[]): Piece => ({ text, values })

const test = fc.oneof(
  anyName.map((name) => piece(`attribute_exists(${name})`)),
  anyName.map((name) => piece(`attribute_not_exists(${name})`)),
  fc
    .tuple(numberName, fc.constantFrom('=', '<', '<=', '>', '>='), numberValue)
    .map(([name, operator, value]) => piece(`${name} ${operator} ?`, value)),
  fc
    .tuple(fc.oneof(textName, numberName), fc.constantFrom('=', '<', '>='), textValue)
    .map(([name, operator, value]) => piece(`${name} ${operator} ?`, value)),
  fc
    .tuple(numberName, fc.constantFrom('0', '1'), fc.constantFrom('1', '2', '10'))
    .map(([name, low, high]) => piece(`${name} BETWEEN ? AND ?`, { N: low }, { N: high })),
)

/** DynamoDB refuses parentheses around a single test, and doubled ones. */
const { condition } = fc.letrec<{ condition: Piece }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    test,
    fc
      .tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition'), fc.boolean())
      .map(([one, word, other, isGrouped]) => {
        const { text, values } = joined([one, other], ` ${word} `)
        return piece(isGrouped ? `(${text})` : text, ...values)
      }),
  ),
}))

const assignment = (name: string, value: fc.Arbitrary<AttributeValue>) =>
  fc.oneof(
    value.map((given) => piece(`${name} = ?`, given)),
    value.map((given) => piece(`${name} = if_not_exists(${name}, ?)`, given)),
  )

const changes = fc
  .record(
    {
      SET: fc.tuple(assignment('n', numberValue), assignment('#t', textValue)),
      REMOVE: fc.subarray(['m', 's'], { minLength: 1 }).map((names) => names.map((name) => piece(name))),
      members: fc
        .tuple(fc.constantFrom('ADD', 'DELETE'), setValue)
        .map(([word, value]) => piece(`${word} ${SET} ?`, value)),
    },
    { requiredKeys: [] },
  )
  .filter((clauses) => Object.keys(clauses).length > 0)
  .map((clauses) => {
    const listed = (['SET', 'REMOVE'] as const).flatMap((word) => {
      const parts = clauses[word]
      return parts === undefined ? [] : [prefixed(`${word} `, joined(parts, ', '))]
    })
    return joined(clauses.members === undefined ? listed : [...listed, clauses.members], ' ')
  })

const item = fc.record(
  { n: numberValue, m: numberValue, s: textValue, ttl: textValue, members: setValue },
  { requiredKeys: [] },
)
const id = fc.constantFrom('one', 'two')
const maybe = fc.option(condition, { nil: undefined })
const asked = fc.constantFrom('ALL_NEW', 'ALL_OLD', 'NONE')

/** Makes the statement for a table. */
export const statementForms: fc.Arbitrary<(TableName: string) => Statement> = fc.oneof(
  fc.tuple(id, item, maybe).map(([key, attributes, when]) => (TableName: string) => {
    return new PutItemCommand({
      TableName,
      Item: { id: { S: key }, ...attributes },
      ...expressions({ when }),
    })
  }),
  fc.tuple(id, changes, maybe, asked).map(([key, change, when, ReturnValues]) => (TableName: string) => {
    const statement = { ...keyed(TableName, key), ReturnValues }
    return new UpdateItemCommand({ ...statement, ...expressions({ change, when }) })
  }),
  fc.tuple(id, maybe).map(([key, when]) => (TableName: string) => {
    const statement = { ...keyed(TableName, key), ...expressions({ when }) }
    return new DeleteItemCommand({ ...statement, ReturnValues: 'ALL_OLD' })
  }),
  id.map(
    (key) => (TableName: string) => new GetItemCommand({ ...keyed(TableName, key), ConsistentRead: true }),
  ),
)

function keyed(TableName: string, key: string) {
  return { TableName, Key: { id: { S: key } } }
}

/** Names the values of both expressions, and of the attribute names those that occur. */
function expressions({ change, when }: { readonly change?: Piece; readonly when: Piece | undefined }) {
  const values: { [name: string]: AttributeValue } = {}
  const named = ({ text, values: given }: Piece) => {
    const left = [...given]
    return text.replaceAll('?', () => {
      const name = `:v${Object.keys(values).length}`
      values[name] = left.shift() ?? { NULL: true }
      return name
    })
  }
  const written = {
    ...(change === undefined ? {} : { UpdateExpression: named(change) }),
    ...(when === undefined ? {} : { ConditionExpression: named(when) }),
  }
  return {
    ...written,
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
    ...(Object.values(written).some((text) => text.includes('#t'))
      ? { ExpressionAttributeNames: NAMES }
      : {}),
  }
}

function joined(pieces: readonly Piece[], separator: string): Piece {
  return {
    text: pieces.map(({ text }) => text).join(separator),
    values: pieces.flatMap(({ values }) => values),
  }
}

function prefixed(prefix: string, { text, values }: Piece): Piece {
  return { text: prefix + text, values }
}
