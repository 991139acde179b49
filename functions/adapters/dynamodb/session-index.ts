import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { causeOf, type StoreUnavailable } from '../../domain/failure.ts'
import type { SessionRowId } from '../../domain/identifiers.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { type IndexedSession, type IndexKey, indexRowId } from '../../domain/session-index.ts'
import type { Clock, SessionIndex } from '../../flows/ports.ts'
import { attempt, attemptConditionally, type SendOptions } from './client.ts'
import { type Item, number, text } from './item.ts'
import { CLEAN_UP_DELAY_SECONDS, SCHEMA_VERSION } from './table-schema.ts'

const IS_NOT_ENDED_SINCE = 'attribute_not_exists(endedAt) OR endedAt < :begunAt'
const WAS_NOT_ENDED_LATER = 'attribute_not_exists(endedAt) OR endedAt <= :endedAt'
const EXISTS = 'attribute_exists(id)'
/** So many sessions of one subject that are over are worth a write to drop them. */
const WORTH_DROPPING = 20

/**
 * Index rows in the sessions table: the sessions of one subject, or of one `sid`, as a set, and the last logout. They
 * are rows and no secondary index, which would lag: a logout must miss no session.
 * @param secret of the deployment: without it a row id says nothing of the subject.
 */
export function createSessionIndex(
  client: DynamoDBClient,
  table: string,
  secret: () => Promise<string>,
  clock: Clock,
): SessionIndex {
  const rowOf = (secretValue: string, key: IndexKey) => ({
    TableName: table,
    Key: { id: text(indexRowId(secretValue, key)) },
  })

  /** @param sessions that the row holds. Drops what is over, and keeps the row for as long as any of them lives. */
  async function tidy(row: ReturnType<typeof rowOf>, sessions: readonly IndexedSession[], keptUntil: number) {
    const over = sessions.filter(({ absoluteExpiresAt }) => absoluteExpiresAt <= clock.now())
    const latest = Math.max(keptUntil, ...sessions.map(({ absoluteExpiresAt }) => absoluteExpiresAt))
    if (over.length < WORTH_DROPPING && latest === keptUntil) return
    const dropped = over.length === 0 ? {} : { ':over': setOf(over) }
    const command = new UpdateItemCommand({
      ...row,
      UpdateExpression: `SET expiresAt = :expiresAt${over.length === 0 ? '' : ' DELETE sessions :over'}`,
      ConditionExpression: EXISTS,
      ExpressionAttributeValues: { ':expiresAt': cleanUpAt(latest), ...dropped },
    })
    await attemptConditionally((options) => client.send(command, options))
  }

  async function withSecret<T>(work: (secretValue: string) => Promise<Result<T, StoreUnavailable>>) {
    const value = await secret().catch(() => undefined)
    return value === undefined
      ? fail({ code: 'session-unavailable', cause: causeOf('index-secret-unavailable') } as const)
      : work(value)
  }

  return {
    add: (key, session) =>
      withSecret(async (secretValue) => {
        const row = rowOf(secretValue, key)
        const added = await attemptConditionally(async (options) =>
          sessionsIn((await client.send(addCommand(row, session), options)).Attributes),
        )
        if (!added.ok || added.value === false) return added.ok ? ok(false) : added
        await tidy(row, added.value, session.absoluteExpiresAt)
        return ok(true)
      }),

    end: (key, endedAt) =>
      withSecret(async (secretValue) => {
        const row = rowOf(secretValue, key)
        const keptUntil = Math.ceil(endedAt / 1000) + CLEAN_UP_DELAY_SECONDS
        const ended = await attemptConditionally(async (options) =>
          sessionsIn((await client.send(endCommand(row, endedAt, keptUntil), options)).Attributes),
        )
        if (!ended.ok) return ended
        const found = ended.value === false ? await attempt(find(row)) : ok(ended.value)
        if (!found.ok) return found
        const [before, after] = partition(found.value, ({ begunAt }) => begunAt <= endedAt)
        if (ended.value !== false) await tidy(row, after, keptUntil)
        return ok(before)
      }),

    forget: (key, sessions) =>
      withSecret(async (secretValue) => {
        if (sessions.length === 0) return ok(undefined)
        const command = new UpdateItemCommand({
          ...rowOf(secretValue, key),
          UpdateExpression: 'DELETE sessions :sessions',
          ConditionExpression: EXISTS,
          ExpressionAttributeValues: { ':sessions': setOf(sessions) },
        })
        const written = await attemptConditionally((options) => client.send(command, options))
        return written.ok ? ok(undefined) : written
      }),
  }

  function find(row: ReturnType<typeof rowOf>) {
    const command = new GetItemCommand({ ...row, ConsistentRead: true })
    return async (options: SendOptions) => sessionsIn((await client.send(command, options)).Item)
  }
}

type Row = { readonly TableName: string; readonly Key: Item }

function addCommand(row: Row, session: IndexedSession): UpdateItemCommand {
  return new UpdateItemCommand({
    ...row,
    UpdateExpression: 'SET expiresAt = :expiresAt, schemaVersion = :schemaVersion ADD sessions :session',
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

function endCommand(row: Row, endedAt: number, keptUntil: number): UpdateItemCommand {
  return new UpdateItemCommand({
    ...row,
    UpdateExpression: 'SET endedAt = :endedAt, expiresAt = :expiresAt, schemaVersion = :schemaVersion',
    ConditionExpression: WAS_NOT_ENDED_LATER,
    ExpressionAttributeValues: {
      ':endedAt': number(endedAt),
      ':expiresAt': cleanUpAt(keptUntil),
      ':schemaVersion': number(SCHEMA_VERSION),
    },
    ReturnValues: 'ALL_NEW',
  })
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

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
