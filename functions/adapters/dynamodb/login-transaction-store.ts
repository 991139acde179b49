import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { BrowserBinding, LoginTransactionId } from '../../domain/identifiers.ts'
import type { LoginTransactionRow } from '../../domain/login-transaction.ts'
import { ok } from '../../domain/result.ts'
import type { LoginTransactionStore } from '../../flows/ports.ts'
import { attempt, attemptConditionally } from './client.ts'
import {
  binary,
  checkSchemaVersion,
  type Item,
  number,
  readBinary,
  readNumber,
  readText,
  text,
} from './item.ts'
import {
  CLEAN_UP_DELAY_SECONDS,
  NEWEST_READABLE_VERSION,
  OLDEST_READABLE_VERSION,
  SCHEMA_VERSION,
} from './table-schema.ts'

// A write that the network delayed must not undo the consumption of the row that its own retry made.
const IS_NO_TOMBSTONE = 'attribute_not_exists(consumedBy)'
const EXISTS = 'attribute_exists(id)'
const IS_READABLE = 'schemaVersion BETWEEN :oldest AND :newest'
const HAS_NOT_EXPIRED = 'expiresAt > :now'
const IS_BOUND_TO_THIS_BROWSER = 'binding = :binding'
const IS_OURS_TO_CONSUME = '(attribute_not_exists(consumedBy) OR consumedBy = :attempt)'
const CONSUMABLE = [EXISTS, IS_READABLE, HAS_NOT_EXPIRED, IS_BOUND_TO_THIS_BROWSER, IS_OURS_TO_CONSUME].join(
  ' AND ',
)

/** Login transactions in DynamoDB. A consumed row stays until its TTL: it makes a replay recognisable. */
export function createLoginTransactionStore(client: DynamoDBClient, table: string): LoginTransactionStore {
  return {
    async create(row) {
      const command = new PutItemCommand({
        TableName: table,
        Item: toItem(row),
        ConditionExpression: IS_NO_TOMBSTONE,
      })
      const written = await attempt((options) => client.send(command, options))
      return written.ok ? ok(undefined) : written
    },

    async consume({ id, binding, attempt: name, now }) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { id: text(id) },
        UpdateExpression: 'SET consumedBy = :attempt',
        ConditionExpression: CONSUMABLE,
        ExpressionAttributeValues: {
          ':attempt': text(name),
          ':binding': text(binding),
          ':now': number(now),
          ':oldest': number(OLDEST_READABLE_VERSION),
          ':newest': number(NEWEST_READABLE_VERSION),
        },
        ReturnValues: 'ALL_NEW',
      })
      const consumed = await attemptConditionally(async (options) =>
        fromItem((await client.send(command, options)).Attributes),
      )
      return consumed.ok ? ok(consumed.value || undefined) : consumed
    },

    find(id) {
      const command = new GetItemCommand({ TableName: table, Key: { id: text(id) }, ConsistentRead: true })
      return attempt(async (options) => fromItem((await client.send(command, options)).Item))
    },
  }
}

function toItem(row: LoginTransactionRow): Item {
  return {
    id: text(row.id),
    binding: text(row.binding),
    sealed: binary(row.sealed),
    expiresAt: number(row.expiresAt),
    ttl: number(row.expiresAt + CLEAN_UP_DELAY_SECONDS),
    schemaVersion: number(SCHEMA_VERSION),
  }
}

function fromItem(item: Item | undefined): LoginTransactionRow | undefined {
  if (item === undefined) return undefined
  checkSchemaVersion(item)
  return {
    id: readText(item, 'id') as LoginTransactionId,
    binding: readText(item, 'binding') as BrowserBinding,
    sealed: readBinary(item, 'sealed'),
    expiresAt: readNumber(item, 'expiresAt'),
    ...(item.consumedBy === undefined ? {} : { consumedBy: readText(item, 'consumedBy') }),
  }
}
