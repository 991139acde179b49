import { beforeAll, describe, expect, it } from 'vitest'
import type { RandomToken } from '../../functions/domain/identifiers.ts'
import { ok } from '../../functions/domain/result.ts'
import type { SessionRow } from '../../functions/domain/session.ts'
import type { SessionStore, TokenWrite } from '../../functions/flows/ports.ts'
import { anAttempt, aSessionRow, MADE_AT } from '../support/rows.ts'

const UNTIL = MADE_AT + 18
const NEW_TOKENS = Uint8Array.of(1, 0, 255)

/**
 * What every store of sessions keeps to while their tokens are refreshed.
 * @param newStorage makes an empty storage and answers what opens a store on it, as one more instance would.
 */
export function refreshLeaseContract(name: string, newStorage: () => Promise<() => SessionStore>): void {
  describe(`refreshes of sessions in ${name}`, () => {
    let open: () => SessionStore
    let store: SessionStore
    beforeAll(async () => {
      open = await newStorage()
      store = open()
    })

    async function created(changes: Partial<SessionRow> = {}) {
      const row = aSessionRow(changes)
      expect(await store.create(row, anAttempt())).toEqual(ok(undefined))
      return row
    }

    const take = ({ id, version }: SessionRow, owner: RandomToken, now = MADE_AT, at = store) =>
      at.takeRefreshLease({ id, version, owner, now, until: now + 18 })
    const found = async ({ id }: SessionRow) => {
      const result = await store.find(id)
      return result.ok ? result.value : result
    }
    const tokensFor = ({ id, version }: SessionRow): TokenWrite => ({
      id,
      version,
      sealed: NEW_TOKENS,
      attempt: anAttempt(),
    })

    async function leased() {
      const [row, owner] = [await created(), anAttempt()]
      const withLease = { ...row, refreshLeaseUntil: UNTIL, leaseOwner: owner }
      expect(await take(row, owner)).toEqual(ok(withLease))
      return { row, owner, withLease }
    }

    it('are leased to whoever asks first, who gets the row with the lease [RF-04]', async () => {
      const { row, withLease } = await leased()
      expect(await found(row)).toEqual(withLease)
    })

    it('are leased to nobody else until the lease ends [RF-04]', async () => {
      const { row, withLease } = await leased()
      for (const now of [MADE_AT, UNTIL - 1]) expect(await take(row, anAttempt(), now)).toEqual(ok(undefined))
      expect(await found(row)).toEqual(withLease)
    })

    it('are leased to another from the second on in which the lease ends', async () => {
      const { row } = await leased()
      const owner = anAttempt()
      const taken = { ...row, refreshLeaseUntil: UNTIL + 18, leaseOwner: owner }
      expect(await take(row, owner, UNTIL)).toEqual(ok(taken))
    })

    it('are leased to one of 50 that ask at the same time [RF-04]', async () => {
      const row = await created()
      const leases = await Promise.all(
        Array.from({ length: 50 }, () => take(row, anAttempt(), MADE_AT, open())),
      )
      expect(leases.filter((lease) => lease.ok && lease.value !== undefined)).toHaveLength(1)
      expect(leases.filter(({ ok: answered }) => !answered)).toEqual([])
    })

    it('are leased for the version that was read and no other', async () => {
      const row = await created({ version: 4 })
      for (const version of [3, 5])
        expect(await take({ ...row, version }, anAttempt())).toEqual(ok(undefined))
      expect(await found(row)).toEqual(row)
    })

    it('are not leased for a session that is not there, and make none [RF-12]', async () => {
      const row = aSessionRow()
      expect(await take(row, anAttempt())).toEqual(ok(undefined))
      expect(await found(row)).toBeUndefined()
    })

    it('replace the tokens, raise the version and free the lease, and change nothing else [RF-02]', async () => {
      const { row } = await leased()
      expect(await store.writeTokens(tokensFor(row))).toEqual(ok(true))
      expect(await found(row)).toEqual({ ...row, sealed: NEW_TOKENS, version: row.version + 1 })
    })

    it('may replace the tokens late, while nobody else has', async () => {
      const { row } = await leased()
      await take(row, anAttempt(), UNTIL)
      expect(await store.writeTokens(tokensFor(row))).toEqual(ok(true))
      expect(await found(row)).toMatchObject({ sealed: NEW_TOKENS, version: row.version + 1 })
    })

    it('never replace tokens that are newer than those they were made from [ST-10]', async () => {
      const { row } = await leased()
      await store.writeTokens(tokensFor(row))
      const newer = await found(row)
      const late = { ...tokensFor(row), sealed: Uint8Array.of(9) }
      expect(await store.writeTokens(late)).toEqual(ok(false))
      expect(await found(row)).toEqual(newer)
    })

    it('do not free the lease of the next one when their write is repeated [RF-04]', async () => {
      const { row } = await leased()
      const write = tokensFor(row)
      await store.writeTokens(write)
      const next = anAttempt()
      await take({ ...row, version: row.version + 1 }, next)
      expect(await store.writeTokens(write)).toEqual(ok(false))
      expect(await found(row)).toMatchObject({ leaseOwner: next })
    })

    it('let one of 20 writes replace the tokens of one version [ST-10]', async () => {
      const row = await created()
      const written = await Promise.all(Array.from({ length: 20 }, () => open().writeTokens(tokensFor(row))))
      expect(written.filter((write) => write.ok && write.value)).toHaveLength(1)
      expect(await found(row)).toMatchObject({ version: row.version + 1 })
    })

    it('do not bring a session back that ended meanwhile [RF-12]', async () => {
      const { row, owner } = await leased()
      await store.remove(row.id)
      const release = { id: row.id, owner, refreshNotBefore: MADE_AT + 2, refreshFailures: 1 }
      expect(await store.writeTokens(tokensFor(row))).toEqual(ok(false))
      expect(await store.releaseRefreshLease(release)).toEqual(ok(false))
      expect(await found(row)).toBeUndefined()
    })

    it('that failed free the lease, and hold others off until the pause is over [RF-09]', async () => {
      const { row, owner } = await leased()
      const pause = { refreshNotBefore: MADE_AT + 2, refreshFailures: 1 }
      expect(await store.releaseRefreshLease({ id: row.id, owner, ...pause })).toEqual(ok(true))
      expect(await found(row)).toEqual({ ...row, ...pause })
      expect(await take(row, anAttempt(), MADE_AT + 1)).toEqual(ok(undefined))
      const next = anAttempt()
      const taken = { ...row, ...pause, refreshLeaseUntil: MADE_AT + 20, leaseOwner: next }
      expect(await take(row, next, MADE_AT + 2)).toEqual(ok(taken))
      await store.writeTokens(tokensFor(row))
      expect(await found(row)).toEqual({ ...row, sealed: NEW_TOKENS, version: row.version + 1 })
    })

    it('that failed after their lease was taken over leave the new lease alone', async () => {
      const { row, owner } = await leased()
      await take(row, anAttempt(), UNTIL)
      const before = await found(row)
      const release = { id: row.id, owner, refreshNotBefore: UNTIL + 2, refreshFailures: 1 }
      expect(await store.releaseRefreshLease(release)).toEqual(ok(false))
      expect(await found(row)).toEqual(before)
    })

    it('leave the idle expiry to move meanwhile [SC-12]', async () => {
      const { row, withLease } = await leased()
      expect(await store.moveIdleExpiry(row.id, MADE_AT + 2700)).toEqual(ok(true))
      expect(await found(row)).toEqual({ ...withLease, idleExpiresAt: MADE_AT + 2700 })
      await store.writeTokens(tokensFor(row))
      expect(await found(row)).toMatchObject({ idleExpiresAt: MADE_AT + 2700 })
    })

    it('end a session only while its tokens are those that were read [RF-08]', async () => {
      const { row } = await leased()
      for (const version of [0, 2]) expect(await store.removeVersion(row.id, version)).toEqual(ok(false))
      await store.writeTokens(tokensFor(row))
      expect(await store.removeVersion(row.id, row.version)).toEqual(ok(false))
      expect(await found(row)).toMatchObject({ version: 2 })
      expect(await store.removeVersion(row.id, 2)).toEqual(ok(true))
      expect(await found(row)).toBeUndefined()
      expect(await store.removeVersion(row.id, 2)).toEqual(ok(false))
    })
  })
}
