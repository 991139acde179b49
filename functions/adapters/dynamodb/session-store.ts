import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { causeOf } from '../../domain/failure.ts'
import { fail, ok } from '../../domain/result.ts'
import type { SessionRow } from '../../domain/session.ts'
import type { SessionStore } from '../../flows/ports.ts'
import { attempt, attemptConditionally, STORE_MILLISECONDS } from './client.ts'
import { type Item, UnreadableRecord } from './item.ts'
import { fromSessionItem } from './session-item.ts'
import { sessionStatements } from './session-statements.ts'

/** Sessions in DynamoDB. Every read is strongly consistent; no write but `create` can make a row. */
export function createSessionStore(
  client: DynamoDBClient,
  table: string,
  statementMilliseconds = STORE_MILLISECONDS,
): SessionStore {
  const statements = sessionStatements(client, table)
  const run = <T>(statement: Parameters<typeof attempt<T>>[0]) => attempt(statement, statementMilliseconds)
  const runConditionally = <T>(statement: Parameters<typeof attempt<T>>[0]) =>
    attemptConditionally(statement, statementMilliseconds)

  async function hasHeld(write: Promise<Awaited<ReturnType<typeof runConditionally>>>) {
    const written = await write
    return written.ok ? ok(written.value !== false) : written
  }

  return {
    async create(row, name) {
      const written = await hasHeld(runConditionally(statements.create(row, name)))
      if (!written.ok || written.value) return written.ok ? ok(undefined) : written
      return fail({ code: 'session-unavailable', cause: causeOf('row-exists') })
    },

    find: (id) => run(async (options) => fromSessionItem((await statements.find(id)(options)).Item)),

    moveIdleExpiry: (id, idleExpiresAt) => hasHeld(runConditionally(statements.move(id, idleExpiresAt))),

    remove: (id) => run(async (options) => readable((await statements.remove(id)(options)).Attributes)),

    removeVersion: (id, version) => hasHeld(runConditionally(statements.removeVersion(id, version))),

    async takeRefreshLease(lease) {
      const taken = await runConditionally(async (options) =>
        fromSessionItem((await statements.takeLease(lease)(options)).Attributes),
      )
      return taken.ok ? ok(taken.value || undefined) : taken
    },

    writeTokens: (write) => hasHeld(runConditionally(statements.writeTokens(write))),

    releaseRefreshLease: (release) => hasHeld(runConditionally(statements.releaseLease(release))),

    async answers() {
      return (await run(statements.find('health'))).ok
    },
  }
}

/** What was deleted is gone, whether or not we can read it. */
function readable(item: Item | undefined): SessionRow | undefined {
  try {
    return fromSessionItem(item)
  } catch (error) {
    if (error instanceof UnreadableRecord) return undefined
    throw error
  }
}
