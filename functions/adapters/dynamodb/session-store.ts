import type {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { causeOf, type StoreUnavailable } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import type { SessionRow } from '../../domain/session.ts'
import type { SessionStore } from '../../flows/ports.ts'
import { attempt, attemptConditionally, STORE_MILLISECONDS } from './client.ts'
import { type Item, UnreadableRecord } from './item.ts'
import { fromSessionItem } from './session-item.ts'
import * as statements from './session-statements.ts'

/** Sessions in DynamoDB. Every read is strongly consistent; no write but `create` can make a row. */
export function createSessionStore(
  client: DynamoDBClient,
  table: string,
  statementMilliseconds = STORE_MILLISECONDS,
): SessionStore {
  const send = createSender(client, statementMilliseconds)
  return {
    async create(row, name) {
      const written = await send.conditionally(statements.createStatement(table, row, name))
      if (!written.ok || written.value) return written.ok ? ok(undefined) : written
      return fail({ code: 'session-unavailable', cause: causeOf('row-exists') })
    },
    find(id) {
      const statement = statements.findStatement(table, id)
      return send.attempt(async (options) => fromSessionItem((await client.send(statement, options)).Item))
    },
    moveIdleExpiry: (id, until) => send.conditionally(statements.moveStatement(table, id, until)),
    remove(id) {
      const statement = statements.removeStatement(table, id)
      return send.attempt(async (options) => removedRow((await client.send(statement, options)).Attributes))
    },
    removeVersion: (id, version) => send.conditionally(statements.removeVersionStatement(table, id, version)),
    takeRefreshLease: (lease) => send.taking(statements.takeLeaseStatement(table, lease)),
    writeTokens: (write) => send.conditionally(statements.writeTokensStatement(table, write)),
    releaseRefreshLease: (release) => send.conditionally(statements.releaseLeaseStatement(table, release)),
    async answers() {
      const statement = statements.findStatement(table, 'health')
      return (await send.attempt((options) => client.send(statement, options))).ok
    },
  }
}

function createSender(client: DynamoDBClient, milliseconds: number) {
  return {
    attempt: <T>(statement: Parameters<typeof attempt<T>>[0]) => attempt(statement, milliseconds),

    /** Whether the condition held. */
    async conditionally(
      command: PutItemCommand | UpdateItemCommand | DeleteItemCommand,
    ): Promise<Result<boolean, StoreUnavailable>> {
      const written = await attemptConditionally(
        (options) => client.send(command as UpdateItemCommand, options),
        milliseconds,
      )
      return written.ok ? ok(written.value !== false) : written
    },

    /** The row as it was written, if the condition held. */
    async taking(command: UpdateItemCommand): Promise<Result<SessionRow | undefined, StoreUnavailable>> {
      const written = await attemptConditionally(
        async (options) => fromSessionItem((await client.send(command, options)).Attributes),
        milliseconds,
      )
      return written.ok ? ok(written.value || undefined) : written
    },
  }
}

/** What was deleted is gone, whether or not we can read it. */
function removedRow(item: Item | undefined): SessionRow | undefined {
  try {
    return fromSessionItem(item)
  } catch (error) {
    if (error instanceof UnreadableRecord) return undefined
    throw error
  }
}
