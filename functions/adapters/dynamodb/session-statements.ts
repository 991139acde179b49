import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { RandomToken } from '../../domain/identifiers.ts'
import type { SessionRow } from '../../domain/session.ts'
import type { LeaseRelease, RefreshLease, TokenWrite } from '../../flows/ports.ts'
import type { SendOptions } from './client.ts'
import { binary, number, text } from './item.ts'
import { toSessionItem } from './session-item.ts'
import { SCHEMA_VERSION } from './table-schema.ts'

const IS_NEW_OR_OUR_OWN_WRITE = 'attribute_not_exists(id) OR writtenBy = :attempt'
const EXISTS = 'attribute_exists(id)'
const HAS_THIS_VERSION = 'version = :version'
const IS_FREE = '(attribute_not_exists(refreshLeaseUntil) OR refreshLeaseUntil <= :now)'
const IS_NOT_BACKING_OFF = '(attribute_not_exists(refreshNotBefore) OR refreshNotBefore <= :now)'
const IS_OURS = 'leaseOwner = :owner'
const IS_OUR_OWN_WRITE = '(version = :next AND writtenBy = :attempt)'

/** The statements on the sessions table. None but `create` can make a row. */
export function sessionStatements(client: DynamoDBClient, table: string) {
  const keyOf = (id: string) => ({ TableName: table, Key: { id: text(id) } })

  return {
    create(row: SessionRow, attempt: RandomToken) {
      const command = new PutItemCommand({
        TableName: table,
        Item: toSessionItem(row, attempt),
        ConditionExpression: IS_NEW_OR_OUR_OWN_WRITE,
        ExpressionAttributeValues: { ':attempt': text(attempt) },
      })
      return (options: SendOptions) => client.send(command, options)
    },

    find(id: string) {
      const command = new GetItemCommand({ ...keyOf(id), ConsistentRead: true })
      return (options: SendOptions) => client.send(command, options)
    },

    move(id: string, idleExpiresAt: number) {
      const command = new UpdateItemCommand({
        ...keyOf(id),
        UpdateExpression: 'SET idleExpiresAt = :idleExpiresAt',
        ConditionExpression: EXISTS,
        ExpressionAttributeValues: { ':idleExpiresAt': number(idleExpiresAt) },
      })
      return (options: SendOptions) => client.send(command, options)
    },

    remove(id: string) {
      const command = new DeleteItemCommand({ ...keyOf(id), ReturnValues: 'ALL_OLD' })
      return (options: SendOptions) => client.send(command, options)
    },

    removeVersion(id: string, version: number) {
      const command = new DeleteItemCommand({
        ...keyOf(id),
        ConditionExpression: HAS_THIS_VERSION,
        ExpressionAttributeValues: { ':version': number(version) },
      })
      return (options: SendOptions) => client.send(command, options)
    },

    takeLease({ id, version, owner, now, until }: RefreshLease) {
      const command = new UpdateItemCommand({
        ...keyOf(id),
        UpdateExpression: 'SET refreshLeaseUntil = :until, leaseOwner = :owner',
        ConditionExpression: `${HAS_THIS_VERSION} AND (${IS_FREE} AND ${IS_NOT_BACKING_OFF} OR ${IS_OURS})`,
        ExpressionAttributeValues: {
          ':version': number(version),
          ':owner': text(owner),
          ':now': number(now),
          ':until': number(until),
        },
        ReturnValues: 'ALL_NEW',
      })
      return (options: SendOptions) => client.send(command, options)
    },

    writeTokens({ id, version, sealed, attempt }: TokenWrite) {
      const command = new UpdateItemCommand({
        ...keyOf(id),
        UpdateExpression:
          'SET sealed = :sealed, version = :next, writtenBy = :attempt, schemaVersion = :schemaVersion ' +
          'REMOVE refreshLeaseUntil, leaseOwner, refreshNotBefore, refreshFailures',
        ConditionExpression: `${HAS_THIS_VERSION} OR ${IS_OUR_OWN_WRITE}`,
        ExpressionAttributeValues: {
          ':sealed': binary(sealed),
          ':version': number(version),
          ':next': number(version + 1),
          ':attempt': text(attempt),
          ':schemaVersion': number(SCHEMA_VERSION),
        },
      })
      return (options: SendOptions) => client.send(command, options)
    },

    releaseLease({ id, owner, refreshNotBefore, refreshFailures }: LeaseRelease) {
      const command = new UpdateItemCommand({
        ...keyOf(id),
        UpdateExpression:
          'SET refreshNotBefore = :notBefore, refreshFailures = :failures ' +
          'REMOVE refreshLeaseUntil, leaseOwner',
        ConditionExpression: IS_OURS,
        ExpressionAttributeValues: {
          ':owner': text(owner),
          ':notBefore': number(refreshNotBefore),
          ':failures': number(refreshFailures),
        },
      })
      return (options: SendOptions) => client.send(command, options)
    },
  }
}
