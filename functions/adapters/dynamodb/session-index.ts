import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { causeOf, type StoreUnavailable } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { type IndexedSession, type IndexKey, indexRowId } from '../../domain/session-index.ts'
import type { Clock, SessionIndex } from '../../flows/ports.ts'
import { attempt, attemptConditionally } from './client.ts'
import {
  addStatement,
  endStatement,
  findIndexStatement,
  forgetStatement,
  sessionsIn,
  tidyStatement,
} from './session-index-statements.ts'
import { CLEAN_UP_DELAY_SECONDS } from './table-schema.ts'

/** So many sessions of one subject that are over are worth a write to drop them. */
const WORTH_DROPPING = 20
/** So many members fit in a row of 400 KB, and leave room for a logout. */
const MOST_MEMBERS = 5000

interface IndexTable {
  readonly client: DynamoDBClient
  readonly table: string
  readonly clock: Clock
}

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
  const at: IndexTable = { client, table, clock }

  async function inRow<T>(key: IndexKey, work: (id: string) => Promise<Result<T, StoreUnavailable>>) {
    const value = await secret().catch(() => undefined)
    return value === undefined
      ? fail({ code: 'session-unavailable', cause: causeOf('index-secret-unavailable') } as const)
      : work(indexRowId(value, key))
  }

  return {
    add: (key, session) => inRow(key, (id) => add(at, id, session)),
    end: (key, endedAt) => inRow(key, (id) => end(at, id, endedAt)),
    forget: (key, sessions) => inRow(key, (id) => forget(at, id, sessions)),
  }
}

async function add(
  at: IndexTable,
  id: string,
  session: IndexedSession,
): Promise<Result<boolean, StoreUnavailable>> {
  const statement = addStatement(at.table, id, session)
  const added = await attemptConditionally(async (options) =>
    sessionsIn((await at.client.send(statement, options)).Attributes),
  )
  if (!added.ok || added.value === false) return added.ok ? ok(false) : added
  await tidy(at, id, added.value, session.absoluteExpiresAt)
  const live = added.value.filter(({ absoluteExpiresAt }) => absoluteExpiresAt > at.clock.now())
  if (live.length <= MOST_MEMBERS) return ok(true)
  await forget(at, id, [session])
  return fail({ code: 'session-unavailable', cause: causeOf('index-full') })
}

async function end(
  at: IndexTable,
  id: string,
  endedAt: number,
): Promise<Result<readonly IndexedSession[], StoreUnavailable>> {
  const keptUntil = Math.ceil(endedAt / 1000) + CLEAN_UP_DELAY_SECONDS
  const statement = endStatement(at.table, id, endedAt, keptUntil)
  const ended = await attemptConditionally(async (options) =>
    sessionsIn((await at.client.send(statement, options)).Attributes),
  )
  if (!ended.ok) return ended
  const found = ended.value === false ? await find(at, id) : ok(ended.value)
  if (!found.ok) return found
  const [before, after] = partition(found.value, ({ begunAt }) => begunAt <= endedAt)
  if (ended.value !== false) await tidy(at, id, after, keptUntil)
  return ok(before)
}

function find({ client, table }: IndexTable, id: string) {
  const statement = findIndexStatement(table, id)
  return attempt(async (options) => sessionsIn((await client.send(statement, options)).Item))
}

async function forget(
  { client, table }: IndexTable,
  id: string,
  sessions: readonly IndexedSession[],
): Promise<Result<undefined, StoreUnavailable>> {
  if (sessions.length === 0) return ok(undefined)
  const statement = forgetStatement(table, id, sessions)
  const written = await attemptConditionally((options) => client.send(statement, options))
  return written.ok ? ok(undefined) : written
}

/** Drops what is over, and keeps the row for as long as any of its sessions lives. */
async function tidy(
  { client, table, clock }: IndexTable,
  id: string,
  sessions: readonly IndexedSession[],
  keptUntil: number,
): Promise<void> {
  const over = sessions.filter(({ absoluteExpiresAt }) => absoluteExpiresAt <= clock.now())
  const latest = Math.max(keptUntil, ...sessions.map(({ absoluteExpiresAt }) => absoluteExpiresAt))
  if (over.length < WORTH_DROPPING && latest === keptUntil) return
  const statement = tidyStatement(table, id, over, latest)
  await attemptConditionally((options) => client.send(statement, options))
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
