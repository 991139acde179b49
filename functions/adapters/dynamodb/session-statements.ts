import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { RandomToken } from '../../domain/identifiers.ts'
import type { SessionRow } from '../../domain/session.ts'
import type { LeaseRelease, RefreshLease, TokenWrite } from '../../flows/ports.ts'
import { binary, number, text } from './item.ts'
import { toSessionItem } from './session-item.ts'
import { SCHEMA_VERSION } from './table-schema.ts'

const IS_NEW_OR_OUR_OWN_WRITE =
  'attribute_not_exists(id) OR (writtenBy = :attempt AND idleExpiresAt = :idleExpiresAt ' +
  'AND attribute_not_exists(leaseOwner) AND attribute_not_exists(refreshNotBefore))'
const EXISTS = 'attribute_exists(id)'
const HAS_THIS_VERSION = 'version = :version'
const IS_OUR_OWN_WRITE =
  '(version = :next AND writtenBy = :attempt ' +
  'AND attribute_not_exists(leaseOwner) AND attribute_not_exists(refreshNotBefore))'
const IS_LEASED_BY_US = 'leaseOwner = :owner'
const IS_NOT_LEASED = '(attribute_not_exists(refreshLeaseUntil) OR refreshLeaseUntil <= :now)'
const IS_NOT_BACKING_OFF = '(attribute_not_exists(refreshNotBefore) OR refreshNotBefore <= :now)'

export function createStatement(TableName: string, row: SessionRow, attempt: RandomToken): PutItemCommand {
  return new PutItemCommand({
    TableName,
    Item: toSessionItem(row, attempt),
    ConditionExpression: IS_NEW_OR_OUR_OWN_WRITE,
    ExpressionAttributeValues: { ':attempt': text(attempt), ':idleExpiresAt': number(row.idleExpiresAt) },
  })
}

export function findStatement(TableName: string, id: string): GetItemCommand {
  return new GetItemCommand({ TableName, Key: { id: text(id) }, ConsistentRead: true })
}

export function moveStatement(TableName: string, id: string, idleExpiresAt: number): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName,
    Key: { id: text(id) },
    UpdateExpression: 'SET idleExpiresAt = :idleExpiresAt',
    ConditionExpression: EXISTS,
    ExpressionAttributeValues: { ':idleExpiresAt': number(idleExpiresAt) },
  })
}

export function removeStatement(TableName: string, id: string): DeleteItemCommand {
  return new DeleteItemCommand({ TableName, Key: { id: text(id) }, ReturnValues: 'ALL_OLD' })
}

export function removeVersionStatement(TableName: string, id: string, version: number): DeleteItemCommand {
  return new DeleteItemCommand({
    TableName,
    Key: { id: text(id) },
    ConditionExpression: HAS_THIS_VERSION,
    ExpressionAttributeValues: { ':version': number(version) },
  })
}

export function takeLeaseStatement(TableName: string, lease: RefreshLease): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName,
    Key: { id: text(lease.id) },
    UpdateExpression: 'SET refreshLeaseUntil = :until, leaseOwner = :owner',
    ConditionExpression: `${HAS_THIS_VERSION} AND (${IS_NOT_LEASED} AND ${IS_NOT_BACKING_OFF} OR ${IS_LEASED_BY_US})`,
    ExpressionAttributeValues: {
      ':version': number(lease.version),
      ':owner': text(lease.owner),
      ':now': number(lease.now),
      ':until': number(lease.until),
    },
    ReturnValues: 'ALL_NEW',
  })
}

export function writeTokensStatement(TableName: string, write: TokenWrite): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName,
    Key: { id: text(write.id) },
    UpdateExpression:
      'SET sealed = :sealed, version = :next, writtenBy = :attempt, schemaVersion = :schemaVersion ' +
      'REMOVE refreshLeaseUntil, leaseOwner, refreshNotBefore, refreshFailures',
    ConditionExpression: `${HAS_THIS_VERSION} OR ${IS_OUR_OWN_WRITE}`,
    ExpressionAttributeValues: {
      ':sealed': binary(write.sealed),
      ':version': number(write.version),
      ':next': number(write.version + 1),
      ':attempt': text(write.attempt),
      ':schemaVersion': number(SCHEMA_VERSION),
    },
  })
}

export function releaseLeaseStatement(TableName: string, release: LeaseRelease): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName,
    Key: { id: text(release.id) },
    UpdateExpression:
      'SET refreshNotBefore = :notBefore, refreshFailures = :failures REMOVE refreshLeaseUntil, leaseOwner',
    ConditionExpression: IS_LEASED_BY_US,
    ExpressionAttributeValues: {
      ':owner': text(release.owner),
      ':notBefore': number(release.refreshNotBefore),
      ':failures': number(release.refreshFailures),
    },
  })
}
