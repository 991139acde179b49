import { beforeAll, describe, expect, it } from 'vitest'
import { ok } from '../../functions/domain/result.ts'
import type { Consumption, LoginTransactionStore } from '../../functions/flows/ports.ts'
import { aBinding, aLoginRow, anAttempt, MADE_AT } from '../support/rows.ts'

/**
 * What every store of login transactions keeps to.
 * @param newStorage makes an empty storage and answers what opens a store on it, as one more instance would.
 */
export function loginTransactionStoreContract(
  name: string,
  newStorage: () => Promise<() => LoginTransactionStore>,
): void {
  describe(`login transactions in ${name}`, () => {
    let open: () => LoginTransactionStore
    let store: LoginTransactionStore
    beforeAll(async () => {
      open = await newStorage()
      store = open()
    })

    async function created(changes: Parameters<typeof aLoginRow>[0] = {}) {
      const row = aLoginRow(changes)
      expect(await store.create(row)).toEqual(ok(undefined))
      const consumption: Consumption = { ...row, attempt: anAttempt(), now: MADE_AT }
      return { row, consumption }
    }

    it('finds a transaction as it was created, byte for byte, and not consumed', async () => {
      const { row } = await created()
      expect(await store.find(row.id)).toEqual(ok(row))
    })

    it('shows another instance at once what was created and what was consumed', async () => {
      const { row, consumption } = await created()
      expect(await open().find(row.id)).toEqual(ok(row))
      await store.consume(consumption)
      expect(await open().find(row.id)).toEqual(ok({ ...row, consumedBy: consumption.attempt }))
    })

    it('lets a transaction be consumed and hands out what was stored', async () => {
      const { row, consumption } = await created()
      expect(await store.consume(consumption)).toEqual(ok({ ...row, consumedBy: consumption.attempt }))
    })

    it('refuses every other attempt once a transaction is consumed [CB-02]', async () => {
      const { consumption } = await created()
      await store.consume(consumption)
      for (const attempt of [anAttempt(), anAttempt()]) {
        expect(await store.consume({ ...consumption, attempt })).toEqual(ok(undefined))
      }
    })

    it('lets exactly one of 50 attempts through that arrive at the same time [CB-03] [ST-02]', async () => {
      const { row, consumption } = await created()
      const attempts = Array.from({ length: 50 }, anAttempt)
      const instances = [open(), open(), open()]
      const outcomes = await Promise.all(
        attempts.map((attempt, index) =>
          (instances[index % instances.length] ?? store).consume({ ...consumption, attempt }),
        ),
      )
      expect(outcomes.every(({ ok: answered }) => answered)).toBe(true)
      const winners = attempts.filter((_, index) => {
        const outcome = outcomes[index]
        return outcome?.ok && outcome.value !== undefined
      })
      expect(winners).toHaveLength(1)
      expect(await store.find(row.id)).toEqual(ok({ ...row, consumedBy: winners[0] }))
    })

    it('gives one attempt the same answer however often it is repeated [CB-03]', async () => {
      const { row, consumption } = await created()
      const repeated = await Promise.all(Array.from({ length: 5 }, () => store.consume(consumption)))
      repeated.push(await store.consume(consumption))
      for (const outcome of repeated) {
        expect(outcome).toEqual(ok({ ...row, consumedBy: consumption.attempt }))
      }
    })

    it('refuses the binding of another browser, which consumes nothing [AR-08] [CB-01]', async () => {
      const { row, consumption } = await created()
      expect(await store.consume({ ...consumption, binding: aBinding() })).toEqual(ok(undefined))
      expect(await store.find(row.id)).toEqual(ok(row))
      expect(await store.consume(consumption)).toEqual(ok({ ...row, consumedBy: consumption.attempt }))
    })

    it('refuses the attempt that consumed a transaction if it comes with another binding [AR-08]', async () => {
      const { consumption } = await created()
      await store.consume(consumption)
      expect(await store.consume({ ...consumption, binding: aBinding() })).toEqual(ok(undefined))
    })

    it('refuses an expired transaction although its row still exists [ST-01]', async () => {
      const { row, consumption } = await created()
      for (const now of [row.expiresAt, row.expiresAt + 1, row.expiresAt + 86_400]) {
        expect(await store.consume({ ...consumption, now })).toEqual(ok(undefined))
      }
      expect(await store.find(row.id)).toEqual(ok(row))
    })

    it('takes a transaction until the last second before its expiry', async () => {
      const { row, consumption } = await created()
      const consumed = await store.consume({ ...consumption, now: row.expiresAt - 1 })
      expect(consumed).toEqual(ok({ ...row, consumedBy: consumption.attempt }))
    })

    it('keeps a consumed transaction as a tombstone that names its attempt, beyond its expiry [CB-02]', async () => {
      const { row, consumption } = await created()
      await store.consume(consumption)
      await store.consume({ ...consumption, attempt: anAttempt(), now: row.expiresAt + 1 })
      expect(await store.find(row.id)).toEqual(ok({ ...row, consumedBy: consumption.attempt }))
    })

    it('knows nothing of an id it never saw, and makes no row of it', async () => {
      const { id, binding } = aLoginRow()
      expect(await store.consume({ id, binding, attempt: anAttempt(), now: MADE_AT })).toEqual(ok(undefined))
      expect(await store.find(id)).toEqual(ok(undefined))
    })

    it('keeps the transactions of parallel logins apart [AR-29]', async () => {
      const { binding } = aLoginRow()
      const [first, second] = [await created({ binding }), await created({ binding })]
      await store.consume(first.consumption)
      expect(await store.find(second.row.id)).toEqual(ok(second.row))
      const consumed = await store.consume(second.consumption)
      expect(consumed).toEqual(ok({ ...second.row, consumedBy: second.consumption.attempt }))
    })
  })
}
