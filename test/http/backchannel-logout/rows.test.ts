import { describe, expect, it } from 'vitest'
import type { TestTables } from '../../support/dynamodb.ts'
import { logInAs, sendLogoutToken, startWithBackchannelLogout } from '../../support/logouts.ts'

describe('the tables after logins and logouts', () => {
  it('tell nobody who the users are, and grant nothing [ST-07] [ST-04]', async () => {
    const person = { sub: 'the-subject-identifier', sid: 'the-session-at-the-server' }
    const jti = 'the-identifier-of-the-logout-token'
    const bff = await startWithBackchannelLogout()
    const browsers = [await logInAs(bff, person), await logInAs(bff, { ...person, sid: 'another-sid' })]
    const telling = [
      ...[person.sub, person.sid, 'another-sid', jti, bff.server.issuer, 'user@example.com', 'Test User'],
      ...bff.server.issuedTokens,
      ...browsers.map((browser) => browser.jar.get('__Host-Http-session') ?? ''),
    ]
    const dumps = [await everythingIn(bff.tables)]
    await sendLogoutToken(bff, await bff.server.logoutToken({ ...person, jti }))
    dumps.push(await everythingIn(bff.tables))
    for (const dump of dumps) expect(telling.filter((secret) => dump.includes(secret))).toEqual([])
    expect(dumps[1]).toMatch(/sub:[\w-]{43} /)
    expect(dumps[1]).toMatch(/sid:[\w-]{43} /)
    expect(dumps[1]).toMatch(/jti:[\w-]{43} /)
  })
})

/** Every attribute of every row, as text. */
async function everythingIn({ items, loginTable, sessionTable }: TestTables): Promise<string> {
  const rows = [...(await items(loginTable)), ...(await items(sessionTable))]
  const values = rows.flatMap((row) => Object.values(row))
  return values
    .flatMap(({ S = '', N = '', SS = [], B = new Uint8Array() }) => [
      S,
      N,
      ...SS,
      Buffer.from(B).toString('latin1'),
    ])
    .join(' ')
}
