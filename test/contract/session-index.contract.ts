import { beforeAll, describe, expect, it } from 'vitest'
import { ok } from '../../functions/domain/result.ts'
import type { IndexedSession, IndexKey } from '../../functions/domain/session-index.ts'
import type { SessionIndex } from '../../functions/flows/ports.ts'
import { type TestClock, testClock } from '../support/clock.ts'
import { anIndexedSession, anIndexKey, BEGUN_AT } from '../support/indexed-sessions.ts'
import { MADE_AT } from '../support/rows.ts'

/**
 * What every index of sessions keeps to.
 * @param newStorage makes an empty storage and answers what opens an index on it, as one more instance would.
 */
export function sessionIndexContract(
  name: string,
  newStorage: () => Promise<(clock: TestClock) => SessionIndex>,
): void {
  describe(`the index of sessions in ${name}`, () => {
    let open: () => SessionIndex
    let index: SessionIndex
    let clock: TestClock
    beforeAll(async () => {
      const openAt = await newStorage()
      clock = testClock(MADE_AT)
      open = () => openAt(clock)
      index = open()
    })

    async function added(key: IndexKey, changes: Partial<IndexedSession> = {}) {
      const session = anIndexedSession(changes)
      expect(await index.add(key, session)).toEqual(ok(true))
      return session
    }

    async function ended(key: IndexKey, endedAt = BEGUN_AT + 60_000) {
      const result = await index.end(key, endedAt)
      return result.ok ? inOrder(result.value) : result
    }

    it('answers all sessions of a key when they are ended, as they were added [LO-17]', async () => {
      const key = anIndexKey()
      const sessions = [await added(key), await added(key, { begunAt: BEGUN_AT + 1 }), await added(key)]
      expect(await ended(key)).toEqual(inOrder(sessions))
    })

    it('ends nothing under another kind, issuer or value [LO-17]', async () => {
      const key = anIndexKey()
      const session = await added(key)
      const others = [
        anIndexKey({ value: key.value, kind: 'sid' }),
        anIndexKey({ value: key.value, issuer: `${key.issuer}/` }),
        anIndexKey({ value: `${key.value}x` }),
      ]
      for (const other of others) expect(await ended(other)).toEqual([])
      expect(await index.add(key, anIndexedSession({ begunAt: BEGUN_AT - 1 }))).toEqual(ok(true))
      expect(await ended(key)).toContainEqual(session)
    })

    it('has nothing to end for a key it never saw, and remembers that it ended [LO-22]', async () => {
      const key = anIndexKey()
      expect(await ended(key)).toEqual([])
      expect(await index.add(key, anIndexedSession())).toEqual(ok(false))
    })

    it('holds a session once, however often it is added', async () => {
      const [key, session] = [anIndexKey(), anIndexedSession()]
      for (let time = 0; time < 3; time += 1) expect(await index.add(key, session)).toEqual(ok(true))
      expect(await ended(key)).toEqual([session])
    })

    it.each([
      ['before the logout', -1, false],
      ['in the same millisecond', 0, false],
      ['a millisecond after it', 1, true],
    ])('of a session whose login began %s answers in time: %s ms, %s [LO-22]', async (_, after, lives) => {
      const key = anIndexKey()
      await index.end(key, BEGUN_AT)
      const session = anIndexedSession({ begunAt: BEGUN_AT + after })
      expect(await index.add(key, session)).toEqual(ok(lives))
      expect(await ended(key)).toEqual(lives ? [session] : [])
    })

    it('ends sessions whose login began until the logout, and leaves later ones to the next [LO-22]', async () => {
      const key = anIndexKey()
      const [first, second] = [await added(key), await added(key, { begunAt: BEGUN_AT + 1 })]
      expect(await ended(key, BEGUN_AT)).toEqual([first])
      expect(await ended(key, BEGUN_AT + 1)).toEqual(inOrder([first, second]))
    })

    it('answers a logout that is repeated the same, until the sessions are forgotten [LO-16]', async () => {
      const key = anIndexKey()
      const session = await added(key)
      expect(await ended(key)).toEqual([session])
      expect(await ended(key)).toEqual([session])
      expect(await index.forget(key, [session])).toEqual(ok(undefined))
      expect(await ended(key)).toEqual([])
    })

    it('is not moved back by a logout that arrived before the last one [LO-22]', async () => {
      const key = anIndexKey()
      const [early, late] = [await added(key), await added(key, { begunAt: BEGUN_AT + 5 })]
      expect(await ended(key, BEGUN_AT + 10)).toEqual(inOrder([early, late]))
      expect(await ended(key, BEGUN_AT + 2)).toEqual([early])
      expect(await index.add(key, anIndexedSession({ begunAt: BEGUN_AT + 7 }))).toEqual(ok(false))
    })

    it('forgets the sessions it is told to, and no other', async () => {
      const key = anIndexKey()
      const [gone, staying] = [await added(key), await added(key)]
      expect(await index.forget(key, [gone, anIndexedSession()])).toEqual(ok(undefined))
      expect(await ended(key)).toEqual([staying])
    })

    it('can be told to forget nothing, and what it never knew', async () => {
      const key = anIndexKey()
      expect(await index.forget(key, [])).toEqual(ok(undefined))
      expect(await index.forget(key, [anIndexedSession()])).toEqual(ok(undefined))
      expect(await ended(key)).toEqual([])
    })

    it('shows another instance at once what was added and ended [ST-03]', async () => {
      const key = anIndexKey()
      const session = await added(key)
      expect(await open().end(key, BEGUN_AT)).toEqual(ok([session]))
      expect(await open().add(key, anIndexedSession())).toEqual(ok(false))
    })

    it('loses none of 30 sessions that are added at the same time', async () => {
      const key = anIndexKey()
      const sessions = Array.from({ length: 30 }, () => anIndexedSession())
      await Promise.all(sessions.map((session) => open().add(key, session)))
      expect(await ended(key)).toEqual(inOrder(sessions))
    })

    it('either refuses a session or ends it, if a logout arrives among 30 logins [LO-22]', async () => {
      const key = anIndexKey()
      const sessions = Array.from({ length: 30 }, () => anIndexedSession())
      const adding = sessions.map((session, place) =>
        place === 15 ? index.end(key, BEGUN_AT) : open().add(key, session),
      )
      const outcomes = await Promise.all(adding)
      const indexed = sessions.filter((_, place) => outcomes[place]?.ok && outcomes[place].value === true)
      const [logout] = outcomes.filter((outcome) => outcome.ok && Array.isArray(outcome.value))
      expect(logout?.ok && inOrder(logout.value as IndexedSession[])).toEqual(inOrder(indexed))
    })

    it('drops sessions that are over, but not before it is worth a write', async () => {
      const key = anIndexKey()
      const absoluteExpiresAt = MADE_AT + 100
      for (let count = 0; count < 19; count += 1) await added(key, { absoluteExpiresAt })
      clock.advance(100)
      const alive = await added(key)
      expect(await ended(key)).toHaveLength(20)

      const other = anIndexKey()
      for (let count = 0; count < 20; count += 1) await added(other, { absoluteExpiresAt })
      expect(await index.add(other, alive)).toEqual(ok(true))
      expect(await ended(other)).toEqual([alive])
    })
  })
}

/** A set has no order. */
function inOrder(sessions: readonly IndexedSession[]): readonly IndexedSession[] {
  return [...sessions].sort((one, other) => (one.id < other.id ? -1 : 1))
}
