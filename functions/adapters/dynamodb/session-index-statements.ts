import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { SessionRowId } from '../../domain/identifiers.ts'
import type { IndexedSession } from '../../domain/session-index.ts'
import type { SendOptions } from './client.ts'
import { type Item, number, text } from './item.ts'
import { CLEAN_UP_DELAY_SECONDS, SCHEMA_VERSION } from './table-schema.ts'

const IS_NOT_ENDED_SINCE = 'attribute_not_exists(endedAt) OR endedAt < :begunAt'
const WAS_NOT_ENDED_LATER = 'attribute_not_exists(endedAt) OR endedAt <= :endedAt'
const EXISTS = 'attribute_exists(id)'

/** The statements on index rows. Each answers the sessions that the row then holds, and may be sent twice. */
export function sessionIndexStatements(client: DynamoDBClient, table: string) {
  const update = (id: string, changes: Omit<Update, 'TableName' | 'Key'>) => {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: { id: text(id) },
      ReturnValues: 'ALL_NEW',
      ...changes,
    })
    return async (options: SendOptions) => sessionsIn((await client.send(command, options)).Attributes)
  }
  return {
    add: (id: string, session: IndexedSession) => update(id, addition(session)),
    end: (id: string, endedAt: number, keptUntil: number) => update(id, end(endedAt, keptUntil)),
    tidy: (id: string, over: readonly IndexedSession[], keptUntil: number) =>
      update(id, tidying(over, keptUntil)),
    forget: (id: string, sessions: readonly IndexedSession[]) => update(id, removal(sessions)),
    find(id: string) {
      const command = new GetItemCommand({ TableName: table, Key: { id: text(id) }, ConsistentRead: true })
      return async (options: SendOptions) => sessionsIn((await client.send(command, options)).Item)
    },
  }
}

type Update = ConstructorParameters<typeof UpdateItemCommand>[0]

function addition(session: IndexedSession) {
  return {
    UpdateExpression: 'SET expiresAt = :expiresAt, schemaVersion = :schemaVersion ADD sessions :session',
    ConditionExpression: IS_NOT_ENDED_SINCE,
    ExpressionAttributeValues: {
      ':session': setOf([session]),
      ':begunAt': number(session.begunAt),
      ':expiresAt': cleanUpAt(session.absoluteExpiresAt),
      ':schemaVersion': number(SCHEMA_VERSION),
    },
  }
}

function end(endedAt: number, keptUntil: number) {
  return {
    UpdateExpression: 'SET endedAt = :endedAt, expiresAt = :expiresAt, schemaVersion = :schemaVersion',
    ConditionExpression: WAS_NOT_ENDED_LATER,
    ExpressionAttributeValues: {
      ':endedAt': number(endedAt),
      ':expiresAt': cleanUpAt(keptUntil),
      ':schemaVersion': number(SCHEMA_VERSION),
    },
  }
}

function tidying(over: readonly IndexedSession[], keptUntil: number) {
  const isEmpty = over.length === 0
  return {
    UpdateExpression: `SET expiresAt = :expiresAt${isEmpty ? '' : ' DELETE sessions :over'}`,
    ConditionExpression: EXISTS,
    ExpressionAttributeValues: {
      ':expiresAt': cleanUpAt(keptUntil),
      ...(isEmpty ? {} : { ':over': setOf(over) }),
    },
  }
}

function removal(sessions: readonly IndexedSession[]) {
  return {
    UpdateExpression: 'DELETE sessions :sessions',
    ConditionExpression: EXISTS,
    ExpressionAttributeValues: { ':sessions': setOf(sessions) },
  }
}

function cleanUpAt(keptUntil: number) {
  return number(keptUntil + CLEAN_UP_DELAY_SECONDS)
}

function setOf(sessions: readonly IndexedSession[]) {
  return {
    SS: sessions.map(({ id, begunAt, absoluteExpiresAt }) => `${id} ${begunAt} ${absoluteExpiresAt}`),
  }
}

function sessionsIn(item: Item | undefined): readonly IndexedSession[] {
  return (item?.sessions?.SS ?? []).map((member) => {
    const [id = '', begunAt, absoluteExpiresAt] = member.split(' ')
    return { id: id as SessionRowId, begunAt: Number(begunAt), absoluteExpiresAt: Number(absoluteExpiresAt) }
  })
}
