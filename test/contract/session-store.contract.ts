import { beforeAll, describe, expect, it } from 'vitest'
import { ok } from '../../functions/domain/result.ts'
import type { SessionStore } from '../../functions/flows/ports.ts'
import { anAttempt, aSessionRow, MADE_AT } from '../support/rows.ts'

/**
 * What every store of sessions keeps to.
 * @param newStorage makes an empty storage and answers what opens a store on it, as one more instance would.
 */
export function sessionStoreContract(name: string, newStorage: () => Promise<() => SessionStore>): void {
  describe(`sessions in ${name}`, () => {
    let open: () => SessionStore
    let store: SessionStore
    beforeAll(async () => {
      open = await newStorage()
      store = open()
    })

    async function created(changes: Parameters<typeof aSessionRow>[0] = {}) {
      const row = aSessionRow(changes)
      expect(await store.create(row, anAttempt())).toEqual(ok(undefined))
      return row
    }

    it('finds a session as it was created, byte for byte', async () => {
      const row = await created({ version: 7 })
      expect(await store.find(row.id)).toEqual(ok(row))
    })

    it('answers that there is no session for an id it never saw', async () => {
      expect(await store.find(aSessionRow().id)).toEqual(ok(undefined))
    })

    it('still finds a session past its limits, for the caller to judge by time [ST-01]', async () => {
      const row = await created({ idleExpiresAt: MADE_AT - 86_400, absoluteExpiresAt: MADE_AT - 3600 })
      expect(await store.find(row.id)).toEqual(ok(row))
    })

    it('shows another instance at once what was created, moved and removed [ST-03]', async () => {
      const other = open()
      const row = await created()
      expect(await other.find(row.id)).toEqual(ok(row))
      await store.moveIdleExpiry(row.id, MADE_AT + 3600)
      expect(await other.find(row.id)).toEqual(ok({ ...row, idleExpiresAt: MADE_AT + 3600 }))
      await store.remove(row.id)
      expect(await other.find(row.id)).toEqual(ok(undefined))
    })

    it('takes the same write again as a success, once [SC-10]', async () => {
      const [row, attempt] = [aSessionRow(), anAttempt()]
      expect(await store.create(row, attempt)).toEqual(ok(undefined))
      expect(await store.create(row, attempt)).toEqual(ok(undefined))
      expect(await store.find(row.id)).toEqual(ok(row))
    })

    it('refuses to create a session over another one, and overwrites nothing [SC-10]', async () => {
      const row = await created()
      const intruder = aSessionRow({ id: row.id, sealed: Uint8Array.of(0), version: 9 })
      const outcome = await store.create(intruder, anAttempt())
      expect(outcome).toEqual({ ok: false, failure: { code: 'session-unavailable', cause: 'row-exists' } })
      expect(await store.find(row.id)).toEqual(ok(row))
    })

    it('lets exactly one of 20 writes create a session under one id', async () => {
      const { id } = aSessionRow()
      const rows = Array.from({ length: 20 }, (_, index) => aSessionRow({ id, version: index + 1 }))
      const outcomes = await Promise.all(rows.map((row) => open().create(row, anAttempt())))
      const winners = rows.filter((_, index) => outcomes[index]?.ok)
      expect(winners).toHaveLength(1)
      expect(await store.find(id)).toEqual(ok(winners[0]))
    })

    it('moves the idle expiry of a session and nothing else of it [SC-12]', async () => {
      const row = await created()
      expect(await store.moveIdleExpiry(row.id, MADE_AT + 2700)).toEqual(ok(true))
      expect(await store.find(row.id)).toEqual(ok({ ...row, idleExpiresAt: MADE_AT + 2700 }))
    })

    it('does not make a session by moving the idle expiry of one that never was [SC-11]', async () => {
      const { id } = aSessionRow()
      expect(await store.moveIdleExpiry(id, MADE_AT + 2700)).toEqual(ok(false))
      expect(await store.find(id)).toEqual(ok(undefined))
    })

    it('does not bring a session back by a slide that comes after its end [SC-14]', async () => {
      const row = await created()
      await store.remove(row.id)
      expect(await store.moveIdleExpiry(row.id, MADE_AT + 2700)).toEqual(ok(false))
      expect(await store.find(row.id)).toEqual(ok(undefined))
    })

    it('leaves nothing behind if slides race with the end of a session [SC-14]', async () => {
      const row = await created()
      const slides = (from: number) =>
        Array.from({ length: 10 }, (_, index) => store.moveIdleExpiry(row.id, MADE_AT + from + index))
      const [removed] = await Promise.all([store.remove(row.id), ...slides(2000), ...slides(3000)])
      expect(removed).toMatchObject({ ok: true, value: { id: row.id, sealed: row.sealed } })
      expect(await store.find(row.id)).toEqual(ok(undefined))
    })

    it('ends a session at once, and takes it as a success that it has ended already [LO-01] [ST-03]', async () => {
      const [row, bystander] = [await created(), await created()]
      expect(await store.remove(row.id)).toEqual(ok(row))
      expect(await store.find(row.id)).toEqual(ok(undefined))
      expect(await store.remove(row.id)).toEqual(ok(undefined))
      expect(await store.find(bystander.id)).toEqual(ok(bystander))
    })

    it('hands what it ended to one of 20 that end it at the same time, for its tokens to be revoked [LO-02]', async () => {
      const row = await created()
      const removed = await Promise.all(Array.from({ length: 20 }, () => open().remove(row.id)))
      expect(removed.filter((outcome) => outcome.ok && outcome.value !== undefined)).toEqual([ok(row)])
      expect(removed.filter((outcome) => !outcome.ok)).toEqual([])
    })

    it('hands out what it ended past its limits as well [LO-02]', async () => {
      const row = await created({ idleExpiresAt: MADE_AT - 86_400, absoluteExpiresAt: MADE_AT - 3600 })
      expect(await store.remove(row.id)).toEqual(ok(row))
    })

    it('answers that it answers', async () => {
      expect(await store.answers()).toBe(true)
    })
  })
}
