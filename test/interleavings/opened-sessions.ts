import { createSessionIndex } from '../../functions/adapters/dynamodb/session-index.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import { type RandomToken, sessionRowId } from '../../functions/domain/identifiers.ts'
import type { DiscoveredServer } from '../../functions/flows/authorization-server.ts'
import { openNewSession } from '../../functions/flows/open-session.ts'
import { createMemoryDynamoDB, type MemoryDynamoDB } from '../support/memory-dynamodb.ts'
import { chanceFrom, entropyFrom } from './chance.ts'
import { Grants, type Rotation } from './grants.ts'
import { SETTINGS } from './instance.ts'
import type { KnownSession } from './known-session.ts'
import { ISSUER, tokenSetOf } from './model-authorization-server.ts'
import { LOGIN_TABLE, SESSION_TABLE } from './world.ts'

/** Epoch seconds. */
export const OPENED_AT = 1_800_000_000
const BEGUN_AT = OPENED_AT * 1000 - 2000

export interface OpenedForm {
  readonly subject: string
  readonly sid: string
}

/** Sessions that are open when a run begins: made once, by the flow that makes them, and copied for each run. */
export interface OpenedSessions {
  newRun(rotation: Rotation): {
    readonly engine: MemoryDynamoDB
    readonly grants: Grants
    readonly sessions: readonly KnownSession[]
  }
}

export async function openSessions(forms: readonly OpenedForm[]): Promise<OpenedSessions> {
  const engine = createMemoryDynamoDB([LOGIN_TABLE, SESSION_TABLE])
  const grants = new Grants('none')
  const identifiers: RandomToken[] = []
  for (const form of forms) identifiers.push(await open(engine, grants, form, identifiers.length))
  return {
    newRun(rotation) {
      const grantsOfRun = new Grants(rotation)
      const sessions = forms.map((form, index) => known(grantsOfRun, form, index, identifiers[index]))
      return { engine: engine.copy(), grants: grantsOfRun, sessions }
    },
  }
}

async function open(
  { client }: MemoryDynamoDB,
  grants: Grants,
  { subject, sid }: OpenedForm,
  index: number,
): Promise<RandomToken> {
  const clock = { now: () => OPENED_AT, milliseconds: () => OPENED_AT * 1000, pause: async () => {} }
  const deps = {
    sessions: createSessionStore(client, SESSION_TABLE),
    index: createSessionIndex(client, SESSION_TABLE, async () => 'an index secret', clock),
    clock,
    entropy: entropyFrom(chanceFrom(index)),
    ...SETTINGS,
  }
  const server = { issuer: ISSUER, announcesBackchannelLogout: true } as DiscoveredServer
  const tokens = tokenSetOf(grants.begin(subject), OPENED_AT)
  const login = {
    redeemed: { subject, claims: { sub: subject, sid }, tokens },
    begunAt: BEGUN_AT,
    replaces: [],
  }
  const opened = await openNewSession(deps, server, login, { deadlineAt: 0, record: () => {} })
  if (!opened.ok) throw new Error(opened.failure.code)
  return opened.value.sessionIdentifier
}

/** The same tokens as those in the row: both grants count alike. */
function known(
  grants: Grants,
  { subject, sid }: OpenedForm,
  index: number,
  identifier: RandomToken | undefined,
): KnownSession {
  if (identifier === undefined) throw new Error('A session that was not opened.')
  const stored = grants.begin(subject)
  return {
    label: `session ${index + 1}`,
    rowId: sessionRowId(identifier),
    identifier,
    subject,
    sid,
    begunAt: BEGUN_AT,
    stored,
    everStored: new Set([stored]),
    uses: [],
  }
}
