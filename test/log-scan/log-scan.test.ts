import { beforeAll, describe, expect, it } from 'vitest'
import { readWitness } from '../support/witness.ts'

describe('the log of the whole run', () => {
  let log: string
  let secrets: ReadonlySet<string>
  beforeAll(() => {
    ;({ log, secrets } = readWitness())
  })

  it('was witnessed at all, and so were the secrets that occurred', () => {
    expect(log.includes('"event":"login-completed"')).toBe(true)
    expect(log.includes('"event":"session-ended"')).toBe(true)
    expect(secrets.size).toBeGreaterThan(500)
  })

  it('holds no token, code, verifier, state, nonce, cookie or client secret [LG-01]', () => {
    const found = [...secrets].filter(
      (secret) => log.includes(secret) || log.includes(encodeURIComponent(secret)),
    )
    expect(found).toEqual([])
  })

  it('holds nothing that looks like a signed token [LG-01]', () => {
    expect(log.match(/eyJ[\w-]{10,}\.[\w-]{10,}\./g)).toBeNull()
  })
})
