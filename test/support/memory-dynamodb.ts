import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { holds, type Item, type Placeholders, updated } from './memory-dynamodb-expressions.ts'

export type Statement = PutItemCommand | GetItemCommand | UpdateItemCommand | DeleteItemCommand

export interface Answer {
  readonly Item?: Item
  readonly Attributes?: Item
}

export interface MemoryDynamoDB {
  /** For the adapters: sends each statement to `run`. */
  readonly client: DynamoDBClient
  /**
   * Runs a statement to its end: nothing happens in between.
   * @throws Error with the name of the exception that DynamoDB throws.
   */
  run(statement: Statement): Answer
  item(table: string, id: string): Item | undefined
  items(table: string): readonly Item[]
  /** A second engine with the same items. */
  copy(): MemoryDynamoDB
}

type Tables = ReadonlyMap<string, Map<string, Item>>

/**
 * DynamoDB's single-item statements in memory, with one key attribute, `id`: for tests that run more of them than an
 * engine behind a socket could. Items are never changed in place.
 */
export function createMemoryDynamoDB(tableNames: readonly string[]): MemoryDynamoDB {
  return engineOn(new Map(tableNames.map((name) => [name, new Map()])))
}

function engineOn(tables: Tables): MemoryDynamoDB {
  const run = (statement: Statement) => runOn(tables, statement)
  return {
    run,
    client: { send: async (statement: Statement) => run(statement) } as unknown as DynamoDBClient,
    item: (table, id) => tables.get(table)?.get(id),
    items: (table) => [...(tables.get(table)?.values() ?? [])],
    copy: () => engineOn(new Map([...tables].map(([name, rows]) => [name, new Map(rows)]))),
  }
}

function runOn(tables: Tables, statement: Statement): Answer {
  const rows = tables.get(String(statement.input.TableName)) ?? refuse('ResourceNotFoundException')
  if (statement instanceof GetItemCommand) {
    const found = rows.get(idIn(statement.input.Key))
    return found === undefined ? {} : { Item: found }
  }
  const { input } = statement
  const id = idIn('Item' in input ? input.Item : input.Key)
  const before = rows.get(id)
  check(input, before)
  const after = itemAfter(statement, id, before)
  if (after === undefined) rows.delete(id)
  else rows.set(id, after)
  return attributesAsked(input.ReturnValues, before, after)
}

function itemAfter(
  statement: PutItemCommand | UpdateItemCommand | DeleteItemCommand,
  id: string,
  before: Item | undefined,
): Item | undefined {
  if (statement instanceof DeleteItemCommand) return undefined
  if (statement instanceof PutItemCommand) return { ...statement.input.Item }
  const { UpdateExpression = '' } = statement.input
  return updated(UpdateExpression, before ?? { id: { S: id } }, statement.input)
}

function check(
  { ConditionExpression, ...given }: Placeholders & { readonly ConditionExpression?: string | undefined },
  item: Item | undefined,
): void {
  if (ConditionExpression !== undefined && !holds(ConditionExpression, item ?? {}, given)) {
    refuse('ConditionalCheckFailedException')
  }
}

function attributesAsked(
  asked: string | undefined,
  before: Item | undefined,
  after: Item | undefined,
): Answer {
  const attributes = asked === 'ALL_NEW' ? after : asked === 'ALL_OLD' ? before : undefined
  return attributes === undefined ? {} : { Attributes: attributes }
}

function idIn(key: Record<string, AttributeValue> | undefined): string {
  return key?.id?.S ?? refuse('ValidationException')
}

function refuse(name: string): never {
  throw Object.assign(new Error(name), { name })
}
