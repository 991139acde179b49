import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { SessionRowId } from '../../domain/identifiers.ts'
import type { IndexedSession } from '../../domain/session-index.ts'
import { checkSchemaVersion, type Item, number, text, UnreadableRecord } from './item.ts'
import { CLEAN_UP_DELAY_SECONDS, SCHEMA_VERSION } from './table-schema.ts'

const IS_NOT_ENDED_SINCE = 'attribute_not_exists(endedAt) OR endedAt < :begunAt'
const IS_NOT_ENDED_LATER = 'attribute_not_exists(endedAt) OR endedAt <= :endedAt'
const IS_KEPT_NO_LONGER = 'expiresAt <= :expiresAt'
const EXISTS = 'attribute_exists(id)'
// A row of another version keeps it, so that whoever looks at what was written can tell.
const IN_ITS_VERSION = 'schemaVersion = if_not_exists(schemaVersion, :schemaVersion)'

/** Every statement on an index row answers the row as it then is, and may be sent twice. */
export function addStatement(TableName: string, id: string, session: IndexedSession): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName,
    Key: { id: text(id) },
    UpdateExpression: `SET expiresAt = :expiresAt, ${IN_ITS_VERSION} ADD sessions :session`,
    ConditionExpression: IS_NOT_ENDED_SINCE,
    ExpressionAttributeValues: {
      ':session': setOf([session]),
      ':begunAt': number(session.begunAt),
      ':expiresAt': cleanUpAt(session.absoluteExpiresAt),
      ':schemaVersion': number(SCHEMA_VERSION),
    },
    ReturnValues: 'ALL_NEW',
  })
}

/** @param keptUntil epoch seconds: the mark is of no use to any login that begins later. */
export function endStatement(
  TableName: string,
  id: string,
  endedAt: number,
  keptUntil: number,
): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName,
    Key: { id: text(id) },
    UpdateExpression: `SET endedAt = :endedAt, expiresAt = :expiresAt, ${IN_ITS_VERSION}`,
    ConditionExpression: IS_NOT_ENDED_LATER,
    ExpressionAttributeValues: {
      ':endedAt': number(endedAt),
      ':expiresAt': cleanUpAt(keptUntil),
      ':schemaVersion': number(SCHEMA_VERSION),
    },
    ReturnValues: 'ALL_NEW',
  })
}

/** Drops sessions that are over, and keeps the row longer; never shorter than another write has said meanwhile. */
export function tidyStatement(
  TableName: string,
  id: string,
  over: readonly IndexedSession[],
  keptUntil: number,
): UpdateItemCommand {
  const drop = over.length === 0 ? {} : { ':over': setOf(over) }
  return new UpdateItemCommand({
    TableName,
    Key: { id: text(id) },
    UpdateExpression: `SET expiresAt = :expiresAt${over.length === 0 ? '' : ' DELETE sessions :over'}`,
    ConditionExpression: IS_KEPT_NO_LONGER,
    ExpressionAttributeValues: { ':expiresAt': cleanUpAt(keptUntil), ...drop },
  })
}

export function forgetStatement(
  TableName: string,
  id: string,
  sessions: readonly IndexedSession[],
): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName,
    Key: { id: text(id) },
    UpdateExpression: 'DELETE sessions :sessions',
    ConditionExpression: EXISTS,
    ExpressionAttributeValues: { ':sessions': setOf(sessions) },
  })
}

export function findIndexStatement(TableName: string, id: string): GetItemCommand {
  return new GetItemCommand({ TableName, Key: { id: text(id) }, ConsistentRead: true })
}

/** @throws UnreadableRecord */
export function sessionsIn(item: Item | undefined): readonly IndexedSession[] {
  if (item === undefined) return []
  checkSchemaVersion(item)
  return (item.sessions?.SS ?? []).map(sessionIn)
}

/** A member that we cannot read may name a session that must not be spared. */
function sessionIn(member: string): IndexedSession {
  const [, id, begunAt, absoluteExpiresAt] = /^(\S+) (\d+) (\d+)$/.exec(member) ?? []
  if (id === undefined)
    throw new UnreadableRecord('A member of an index row is not of the form that we read.')
  return { id: id as SessionRowId, begunAt: Number(begunAt), absoluteExpiresAt: Number(absoluteExpiresAt) }
}

function setOf(sessions: readonly IndexedSession[]) {
  return {
    SS: sessions.map(({ id, begunAt, absoluteExpiresAt }) => `${id} ${begunAt} ${absoluteExpiresAt}`),
  }
}

function cleanUpAt(keptUntil: number) {
  return number(keptUntil + CLEAN_UP_DELAY_SECONDS)
}
