import { readFileSync } from 'node:fs'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RandomToken } from '../../functions/domain/identifiers.ts'
import { authorizeApiCall } from '../../functions/flows/authorize-api-call.ts'
import { beginLogin, fromAuthorizationServer, type TestBff } from '../support/bff.ts'
import { sendLogoutToken, startWithBackchannelLogout } from '../support/logouts.ts'

type Row = Record<string, AttributeValue>

const PAGE = readFileSync(new URL('../../docs/storage-schema.md', import.meta.url), 'utf8')
const EXAMPLES = new Map(
  [...PAGE.matchAll(/^\*\*([a-z -]+)\*\*:[^*]*?^```json\n(.+?)^```/gms)].map(([, stage = '', json = '']) => [
    stage,
    JSON.parse(json) as object,
  ]),
)

/** A row as the page would show it. */
function shown(row: Row | undefined): object {
  const plain = ({ S, N, SS, B }: AttributeValue) =>
    S ?? SS ?? (B === undefined ? Number(N) : Buffer.from(B).toString('base64'))
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, plain(value)]))
}

/** What an example and a row must have in common: the names of the attributes, and the form of each value. */
function formOf(record: object): object {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, formOfValue(name, value)]))
}

function formOfValue(name: string, value: unknown): unknown {
  if (name === 'progress' || name === 'schemaVersion') return value
  if (Array.isArray(value)) return new Set(value.map((member) => formOfValue('', member)))
  if (name === 'sealed') return typeof value
  return String(value)
    .replace(/[\w-]{43}/, 'H')
    .replace(/\d{13}/, 'milliseconds')
    .replace(/\d{10}/, 'seconds')
}

const rows = new Map<string, Row | undefined>()
beforeAll(async () => {
  const bff = await startWithBackchannelLogout()
  const { loginTable, sessionTable } = bff.tables
  const visitor = bff.newVisitor()
  const { callbackTarget } = await beginLogin(bff, visitor)
  rows.set('begun', await rowIn(bff, loginTable))
  await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
  rows.set('consumed', await rowIn(bff, loginTable))
  rows.set('open', await rowIn(bff, sessionTable))
  rows.set('index row', await rowIn(bff, sessionTable, 'sub:'))
  await refresh(bff, visitor.jar.get('__Host-Http-session') as RandomToken)
  await endSessions(bff)
}, 60_000)

async function refresh({ clock, server, tables, deps }: TestBff, identifier: RandomToken): Promise<void> {
  const call = () => ({ deadlineAt: clock.milliseconds() + 27_000, record: () => {} })
  clock.advance(290)
  server.scripts['/token'] = async () => {
    rows.set('leased', await rowIn({ tables }, tables.sessionTable))
    return { status: 503 }
  }
  await authorizeApiCall(deps, identifier, call())
  rows.set('backing off', await rowIn({ tables }, tables.sessionTable))
  server.scripts = {}
  clock.advance(2)
  await authorizeApiCall(deps, identifier, call())
  rows.set('refreshed', await rowIn({ tables }, tables.sessionTable))
}

async function endSessions(bff: TestBff): Promise<void> {
  const { tables } = bff
  tables.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'DeleteItemCommand') {
          rows.set('logout token pending', await rowIn(bff, tables.loginTable, 'jti:'))
          rows.set('index row of ended sessions', await rowIn(bff, tables.sessionTable, 'sub:'))
        }
        return next(args)
      },
    { step: 'initialize' },
  )
  await sendLogoutToken(bff, await bff.server.logoutToken({ sub: 'user-1' }))
  rows.set('logout token done', await rowIn(bff, tables.loginTable, 'jti:'))
  rows.set('index row after a logout', await rowIn(bff, tables.sessionTable, 'sub:'))
  await bff.server.stop()
}

/** The row of this kind; there is one of each. */
async function rowIn(
  { tables }: Pick<TestBff, 'tables'>,
  table: string,
  kind = '',
): Promise<Row | undefined> {
  const all = await tables.items(table)
  return all.find(({ id }) => (/^[a-z]{3}:/.exec(id?.S ?? '')?.[0] ?? '') === kind)
}

describe('docs/storage-schema.md', () => {
  it('shows a record for each stage of life, and no other', () => {
    expect([...EXAMPLES.keys()].sort()).toEqual([...rows.keys()].sort())
    expect(rows.size).toBe(11)
  })

  it.each([...EXAMPLES])('shows what the code writes: %s [ST-11]', (stage, example) => {
    expect(formOf(shown(rows.get(stage)))).toEqual(formOf(example))
  })

  it.each([...EXAMPLES])('shows instants that fit together: %s [ST-11]', (stage, example) => {
    expect(distances(shown(rows.get(stage)))).toEqual(distances(example))
  })
})

const DAY = 24 * 60 * 60

/** How long after what decides a row is cleaned up. */
function distances(record: object) {
  const { ttl, expiresAt, absoluteExpiresAt, sessions, endedAt } = record as {
    [name: string]: number | undefined
  } & { sessions?: string[] }
  const overAt = (sessions ?? []).map((member) => Number(member.split(' ')[2]))
  const decides = ttl === undefined ? (absoluteExpiresAt ?? Math.max(0, ...overAt)) : (expiresAt ?? 0)
  const keptUntil = endedAt === undefined ? decides : Math.ceil(endedAt / 1000) + DAY
  return (ttl ?? expiresAt ?? 0) - keptUntil
}
