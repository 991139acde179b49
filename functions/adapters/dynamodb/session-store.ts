import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { causeOf } from '../../domain/failure.ts'
import type { RandomToken, SessionRowId } from '../../domain/identifiers.ts'
import { fail, ok } from '../../domain/result.ts'
import type { SessionRow } from '../../domain/session.ts'
import type { SessionStore } from '../../flows/ports.ts'
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
import { CLEAN_UP_DELAY_SECONDS, SCHEMA_VERSION } from './table-schema.ts'

const IS_NEW_OR_OUR_OWN_WRITE = 'attribute_not_exists(id) OR writtenBy = :attempt'
const EXISTS = 'attribute_exists(id)'

/** Sessions in DynamoDB. Every read is strongly consistent; no write but `create` can make a row. */
export function createSessionStore(client: DynamoDBClient, table: string): SessionStore {
  return {
    async create(row, name) {
      const written = await attemptConditionally((options) =>
        client.send(putCommand(table, row, name), options),
      )
      if (!written.ok) return written
      return written.value
        ? ok(undefined)
        : fail({ code: 'session-unavailable', cause: causeOf('row-exists') })
    },

    find(id) {
      return attempt(async (options) => fromItem((await client.send(getCommand(table, id), options)).Item))
    },

    async moveIdleExpiry(id, idleExpiresAt) {
      const written = await attemptConditionally((options) =>
        client.send(moveCommand(table, id, idleExpiresAt), options),
      )
      return written.ok ? ok(written.value !== false) : written
    },

    async remove(id) {
      const command = new DeleteItemCommand({ TableName: table, Key: { id: text(id) } })
      const removed = await attempt((options) => client.send(command, options))
      return removed.ok ? ok(undefined) : removed
    },

    async answers() {
      return (await attempt((options) => client.send(getCommand(table, 'health'), options))).ok
    },
  }
}

function putCommand(table: string, row: SessionRow, name: RandomToken): PutItemCommand {
  return new PutItemCommand({
    TableName: table,
    Item: toItem(row, name),
    ConditionExpression: IS_NEW_OR_OUR_OWN_WRITE,
    ExpressionAttributeValues: { ':attempt': text(name) },
  })
}

function getCommand(table: string, id: string): GetItemCommand {
  return new GetItemCommand({ TableName: table, Key: { id: text(id) }, ConsistentRead: true })
}

function moveCommand(table: string, id: SessionRowId, idleExpiresAt: number): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName: table,
    Key: { id: text(id) },
    UpdateExpression: 'SET idleExpiresAt = :idleExpiresAt',
    ConditionExpression: EXISTS,
    ExpressionAttributeValues: { ':idleExpiresAt': number(idleExpiresAt) },
  })
}

function toItem(row: SessionRow, writtenBy: RandomToken): Item {
  return {
    id: text(row.id),
    sealed: binary(row.sealed),
    idleExpiresAt: number(row.idleExpiresAt),
    absoluteExpiresAt: number(row.absoluteExpiresAt),
    expiresAt: number(row.absoluteExpiresAt + CLEAN_UP_DELAY_SECONDS),
    version: number(row.version),
    writtenBy: text(writtenBy),
    schemaVersion: number(SCHEMA_VERSION),
  }
}

function fromItem(item: Item | undefined): SessionRow | undefined {
  if (item === undefined) return undefined
  checkSchemaVersion(item)
  return {
    id: readText(item, 'id') as SessionRowId,
    sealed: readBinary(item, 'sealed'),
    idleExpiresAt: readNumber(item, 'idleExpiresAt'),
    absoluteExpiresAt: readNumber(item, 'absoluteExpiresAt'),
    version: readNumber(item, 'version'),
  }
}
