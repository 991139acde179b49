import { beforeAll, describe, expect, it } from 'vitest'
import { ok } from '../../functions/domain/result.ts'
import type { LogoutTokenName, LogoutTokenStore } from '../../functions/flows/ports.ts'
import { aLogoutTokenName } from '../support/indexed-sessions.ts'
import { MADE_AT } from '../support/rows.ts'

const ARRIVED_AT = MADE_AT * 1000 + 123
const EXPIRES_AT = MADE_AT + 150

/**
 * What every store of logout tokens keeps to.
 * @param newStorage makes an empty storage and answers what opens a store on it, as one more instance would.
 */
export function logoutTokenStoreContract(
  name: string,
  newStorage: () => Promise<() => LogoutTokenStore>,
): void {
  describe(`logout tokens in ${name}`, () => {
    let open: () => LogoutTokenStore
    let store: LogoutTokenStore
    beforeAll(async () => {
      open = await newStorage()
      store = open()
    })

    const arrives = (token: LogoutTokenName, arrivedAt = ARRIVED_AT, at = store) =>
      at.arrived(token, { arrivedAt, expiresAt: EXPIRES_AT })
    const pending = (arrivedAt = ARRIVED_AT) => ok({ arrivedAt, done: false })

    it('notes a token that comes for the first time, to the millisecond, as not done [LO-16]', async () => {
      expect(await arrives(aLogoutTokenName())).toEqual(pending())
    })

    it('tells of a token that comes again when it came first, and that it is not done [LO-16]', async () => {
      const token = aLogoutTokenName()
      await arrives(token)
      for (const later of [1, 5000, 60_000]) {
        expect(await arrives(token, ARRIVED_AT + later)).toEqual(pending())
      }
    })

    it('tells of a token whose work is done that it is, however often it comes [LO-16]', async () => {
      const token = aLogoutTokenName()
      await arrives(token)
      expect(await store.done(token)).toEqual(ok(undefined))
      for (const later of [1, 60_000]) {
        const trace = await arrives(token, ARRIVED_AT + later)
        expect(trace).toEqual(ok({ arrivedAt: ARRIVED_AT, done: true }))
      }
    })

    it('can be told more than once that the work is done', async () => {
      const token = aLogoutTokenName()
      await arrives(token)
      expect(await store.done(token)).toEqual(ok(undefined))
      expect(await store.done(token)).toEqual(ok(undefined))
    })

    it('keeps tokens apart by jti and by issuer, wherever one ends and the other begins', async () => {
      const { jti } = aLogoutTokenName()
      const token = { issuer: 'https://a.example/b', jti }
      await arrives(token)
      await store.done(token)
      const others = [
        { issuer: 'https://a.example/', jti: `b${jti}` },
        { issuer: 'https://a.example', jti },
        { issuer: token.issuer, jti: `${jti}x` },
        { issuer: token.issuer, jti: jti.toLowerCase() },
      ]
      for (const other of others) expect(await arrives(other)).toEqual(pending())
    })

    it('shows another instance at once what has come and what is done [ST-03]', async () => {
      const token = aLogoutTokenName()
      await arrives(token)
      expect(await arrives(token, ARRIVED_AT + 1, open())).toEqual(pending())
      await store.done(token)
      expect(await arrives(token, ARRIVED_AT + 1, open())).toMatchObject({ value: { done: true } })
    })

    it('agrees on one arrival of a token that comes 20 times at once [LO-16]', async () => {
      const token = aLogoutTokenName()
      const traces = await Promise.all(
        Array.from({ length: 20 }, (_, place) => arrives(token, ARRIVED_AT + place, open())),
      )
      const first = traces[0]
      expect(first).toMatchObject({ ok: true, value: { done: false } })
      for (const trace of traces) expect(trace).toEqual(first)
      expect(await arrives(token, ARRIVED_AT + 1000)).toEqual(first)
    })

    it('does not take for done what never came', async () => {
      const token = aLogoutTokenName()
      expect(await store.done(token)).toMatchObject({ ok: false, failure: { code: 'session-unavailable' } })
      expect(await arrives(token)).toEqual(pending())
    })
  })
}
