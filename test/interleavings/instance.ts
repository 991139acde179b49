import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { createLogoutTokenStore } from '../../functions/adapters/dynamodb/logout-token-store.ts'
import { createSessionIndex } from '../../functions/adapters/dynamodb/session-index.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import type { SessionStore } from '../../functions/flows/ports.ts'
import type { Answer, Statement } from '../support/memory-dynamodb.ts'
import type { Item } from '../support/memory-dynamodb-expressions.ts'
import type { Actor } from './actor.ts'
import { entropyFrom } from './chance.ts'
import {
  ANSWER_MILLISECONDS,
  AUDIENCE,
  modelAuthorizationServer,
  type ServerOptions,
} from './model-authorization-server.ts'
import type { Fate, Scheduler } from './scheduler.ts'
import { isRead, rowOf, statementName } from './statement-name.ts'
import { LOGIN_TABLE, SESSION_TABLE, type World } from './world.ts'

/** The longest that a statement may take, its repetitions included. */
export const STATEMENT_MILLISECONDS = 500
/** How long a flow waits before it tries a write of tokens again. */
const BETWEEN_WRITES_MILLISECONDS = 200
const ATTEMPTS = 3

/** One instance of the function, with the real adapters: everything that it asks of others is a step. */
export function instanceFor(options: ServerOptions) {
  const { world, actor } = options
  const client = clientFor(world, actor)
  return {
    sessions: observed(createSessionStore(client, SESSION_TABLE), world, actor),
    index: createSessionIndex(client, SESSION_TABLE, async () => 'an index secret', actor.clock),
    logoutTokens: createLogoutTokenStore(client, LOGIN_TABLE),
    authorizationServer: modelAuthorizationServer(options),
    clock: actor.clock,
    entropy: entropyFrom(actor.chance),
    ...SETTINGS,
  }
}

export const SETTINGS = {
  limits: { idleSeconds: 1800, absoluteSeconds: 28_800 },
  longest: { answerMilliseconds: ANSWER_MILLISECONDS, statementMilliseconds: STATEMENT_MILLISECONDS },
  sessionsValidFrom: 0,
  withoutRefreshToken: 'until-access-token-expires',
  backchannelLogout: 'on',
  visibleClaims: ['sub'],
  audienceName: AUDIENCE,
} as const

function clientFor(world: World, actor: Actor): DynamoDBClient {
  return { send: (statement: Statement) => send(world, actor, statement) } as unknown as DynamoDBClient
}

const READ_FATES: readonly Fate[] = ['answered late', 'fails', 'crash before']
const LAST_WRITE_FATES: readonly Fate[] = [
  ...READ_FATES,
  'reply lost',
  'lands late',
  'lands twice',
  'crash after',
]
const WRITE_FATES: readonly Fate[] = [...LAST_WRITE_FATES, 'repeated', 'repeated']

async function send(world: World, actor: Actor, statement: Statement): Promise<Answer> {
  const { scheduler } = world
  const name = `${statementName(statement)} ${world.labelOf(rowOf(statement))}`
  const until = scheduler.time + STATEMENT_MILLISECONDS
  const apply = () => outcomeOf(() => world.apply(actor, statement))
  for (let sent = 1; ; sent += 1) {
    const fate = await scheduler.turn(actor, name, {
      fates: fatesOf(statement, sent, world.mayCreateTwice),
      until,
    })
    switch (fate) {
      case 'done':
        return apply()()
      case 'answered late': {
        const answer = apply()
        await scheduler.turn(actor, `hears of: ${name}`, { until, fates: ['crash before'] })
        return answer()
      }
      case 'repeated':
        apply()
        actor.troubles.add('repeated')
        break
      case 'lands twice':
        scheduler.later(`${actor.name} ${name}`, apply)
        return apply()()
      case 'crash after':
        apply()
        return scheduler.crash(actor)
      case 'lands late':
        scheduler.later(`${actor.name} ${name}`, apply)
        throw troubled(actor, statement, scheduler)
      case 'reply lost':
        apply()
        throw troubled(actor, statement, scheduler)
      default:
        throw troubled(actor, statement, scheduler)
    }
  }
}

function fatesOf(statement: Statement, sent: number, mayCreateTwice: boolean): readonly Fate[] {
  if (isRead(statement)) return READ_FATES
  const fates = sent < ATTEMPTS ? WRITE_FATES : LAST_WRITE_FATES
  return statement instanceof PutItemCommand && !mayCreateTwice
    ? fates.filter((fate) => fate !== 'lands twice')
    : fates
}

/** What came of it, to be told later. */
function outcomeOf<T>(work: () => T): () => T {
  try {
    const value = work()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

function troubled(actor: Actor, statement: Statement, { isTimely }: Scheduler): Error {
  const { troubles, use, deadlineAt, clock } = actor
  troubles.add('store')
  if (use !== undefined && isRead(statement)) use.isInDoubt = true
  if (use !== undefined && statementName(statement) === 'writes the tokens of') {
    const isTimeLeft =
      clock.milliseconds() <= deadlineAt - STATEMENT_MILLISECONDS - BETWEEN_WRITES_MILLISECONDS
    use.failures += 1
    use.isExcused = use.failures > 1 || !isTimely || !isTimeLeft
  }
  return Object.assign(new Error('no answer'), { name: 'TimeoutError' })
}

/** Whatever repetitions a write went through: what was done is not told as refused, while the row is as it was left. */
function observed(sessions: SessionStore, world: World, actor: Actor): SessionStore {
  function judge(isRefused: boolean, isAsLeft: (row: Item) => boolean, id: string): void {
    const row = world.rowAt(id)
    if (isRefused && row !== undefined && isAsLeft(row)) {
      world.violate('no-needless-failure', `${actor.name} was refused what it had done`)
    }
  }
  return {
    ...sessions,
    async create(row, attempt) {
      const created = await sessions.create(row, attempt)
      const isRefused = !created.ok && created.failure.cause === 'row-exists'
      judge(isRefused, ({ writtenBy }) => writtenBy?.S === attempt, row.id)
      return created
    },
    async takeRefreshLease(lease) {
      const taken = await sessions.takeRefreshLease(lease)
      const isRefused = taken.ok && taken.value === undefined
      judge(isRefused, ({ leaseOwner }) => leaseOwner?.S === lease.owner, lease.id)
      return taken
    },
    async writeTokens(write) {
      const written = await sessions.writeTokens(write)
      const isAsLeft = ({ writtenBy, leaseOwner, refreshNotBefore }: Item) =>
        writtenBy?.S === write.attempt && leaseOwner === undefined && refreshNotBefore === undefined
      judge(written.ok && !written.value, isAsLeft, write.id)
      return written
    },
  }
}
