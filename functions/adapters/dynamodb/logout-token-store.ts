import { createHash } from 'node:crypto'
import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { ok } from '../../domain/result.ts'
import { lengthPrefixed } from '../../domain/session-index.ts'
import type { LogoutTokenName, LogoutTokenStore, LogoutTokenTrace } from '../../flows/ports.ts'
import { attempt } from './client.ts'
import { checkSchemaVersion, type Item, number, readNumber, readText, text } from './item.ts'
import { CLEAN_UP_DELAY_SECONDS, SCHEMA_VERSION } from './table-schema.ts'

const PENDING = text('pending')
const DONE = text('done')

/** Logout tokens that have come, as rows `jti:` of the login table. Each statement may be sent twice. */
export function createLogoutTokenStore(client: DynamoDBClient, table: string): LogoutTokenStore {
  return {
    arrived(token, { arrivedAt, expiresAt }) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { id: text(rowIdOf(token)) },
        UpdateExpression:
          'SET progress = if_not_exists(progress, :pending), arrivedAt = if_not_exists(arrivedAt, :arrivedAt), ' +
          'expiresAt = :expiresAt, #ttl = :ttl, schemaVersion = if_not_exists(schemaVersion, :schemaVersion)',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ':pending': PENDING,
          ':arrivedAt': number(arrivedAt),
          ':expiresAt': number(expiresAt),
          ':ttl': number(expiresAt + CLEAN_UP_DELAY_SECONDS),
          ':schemaVersion': number(SCHEMA_VERSION),
        },
        ReturnValues: 'ALL_NEW',
      })
      return attempt(async (options) => traceIn((await client.send(command, options)).Attributes ?? {}))
    },

    async done(token) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { id: text(rowIdOf(token)) },
        UpdateExpression: 'SET progress = :done',
        ConditionExpression: 'attribute_exists(id)',
        ExpressionAttributeValues: { ':done': DONE },
      })
      const written = await attempt((options) => client.send(command, options))
      return written.ok ? ok(undefined) : written
    },
  }
}

function rowIdOf({ issuer, jti }: LogoutTokenName): string {
  return `jti:${createHash('sha256')
    .update(lengthPrefixed([issuer, jti]))
    .digest('base64url')}`
}

/** @throws UnreadableRecord */
function traceIn(item: Item): LogoutTokenTrace {
  checkSchemaVersion(item)
  return { arrivedAt: readNumber(item, 'arrivedAt'), done: readText(item, 'progress') === 'done' }
}
