import type { StoreUnavailable } from '../domain/failure.ts'
import { ok, type Result } from '../domain/result.ts'
import type { HeldSession } from '../domain/session.ts'
import { type IndexedSession, type IndexKey, indexKeysOf } from '../domain/session-index.ts'
import type { DiscoveredServer } from './authorization-server.ts'
import type { Call, SessionIndex } from './ports.ts'

export interface SessionIndexing {
  readonly index: SessionIndex
  /** `auto`: on if the authorization server announces it. Nothing is indexed where it is off. */
  readonly backchannelLogout: 'on' | 'off' | 'auto'
}

export function takesBackchannelLogout(
  { backchannelLogout }: SessionIndexing,
  server: DiscoveredServer,
): boolean {
  return backchannelLogout === 'auto' ? server.announcesBackchannelLogout : backchannelLogout === 'on'
}

/** @returns `false` if a logout since this session's login began has ended it already. */
export async function addToIndex(
  deps: SessionIndexing,
  server: DiscoveredServer,
  held: HeldSession,
): Promise<Result<boolean, StoreUnavailable>> {
  if (!takesBackchannelLogout(deps, server)) return ok(true)
  const added = await Promise.all(keysOf(held).map((key) => deps.index.add(key, indexed(held))))
  const failed = added.find((result) => !result.ok)
  const isIndexed = added.every((result) => result.ok && result.value)
  if (!isIndexed) await Promise.all(keysOf(held).map((key) => deps.index.forget(key, [indexed(held)])))
  return failed ?? ok(isIndexed)
}

/** Best effort: an entry that stays names a session that is gone, and goes with its expiry. */
export async function dropFromIndex(
  deps: SessionIndexing,
  server: DiscoveredServer,
  held: HeldSession,
  call: Call,
): Promise<void> {
  if (!takesBackchannelLogout(deps, server)) return
  for (const dropped of await Promise.all(
    keysOf(held).map((key) => deps.index.forget(key, [indexed(held)])),
  )) {
    if (!dropped.ok) call.record({ event: 'session-index-not-updated', cause: dropped.failure.cause })
  }
}

function keysOf({ session: { issuer, subject, claims } }: HeldSession): readonly IndexKey[] {
  return indexKeysOf(issuer, subject, claims.sid)
}

function indexed({ row: { id, absoluteExpiresAt }, session: { begunAt } }: HeldSession): IndexedSession {
  return { id, begunAt, absoluteExpiresAt }
}
