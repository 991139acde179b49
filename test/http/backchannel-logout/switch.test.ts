import { describe, expect, it } from 'vitest'
import { startBff } from '../../support/bff.ts'
import {
  endByBackchannel,
  isSignedIn,
  logInAs,
  postLogoutForm,
  startWithBackchannelLogout,
} from '../../support/logouts.ts'
import { expectRefusal, expectSuccess } from './answers.ts'

describe('back-channel logout that is', () => {
  const announced = { backchannel_logout_supported: true }

  async function started(setting: string | undefined, metadata: { [name: string]: unknown }) {
    const environment: { [name: string]: string } =
      setting === undefined ? {} : { BFF_BACKCHANNEL_LOGOUT: setting }
    const own = await startBff({ environment })
    own.server.metadata = metadata
    const browser = await logInAs(own, { sub: 'user-1', sid: 'session-1' })
    const rows = await own.tables.items(own.tables.sessionTable)
    const commands = own.tables.takeCommands()
    const answer = await endByBackchannel(own, { sub: 'user-1' })
    const signedIn = await isSignedIn(browser)
    const leftovers = (await own.tables.items(own.tables.loginTable)).length
    await own.server.stop()
    return { answer, signedIn, rows: rows.length, commands, leftovers }
  }

  it.each([
    ['on', 'on', {}],
    ['on although the server promises the contrary', 'on', { backchannel_logout_supported: false }],
    ['not configured, while the server announces it', undefined, announced],
  ])('%s is taken, and two index rows are written at a login [LO-17]', async (_, setting, metadata) => {
    const { answer, signedIn, rows, commands } = await started(setting, metadata)
    expectSuccess(answer)
    expect([signedIn, rows]).toEqual([false, 3])
    expect(commands).toEqual(['PutItem', 'UpdateItem', 'PutItem', 'UpdateItem', 'UpdateItem'])
  })

  it('off is an unknown address, and nothing is written to index rows', async () => {
    const { answer, signedIn, rows, commands, leftovers } = await started('off', announced)
    expect(answer.status).toBe(404)
    expect(answer.json()).toMatchObject({ code: 'not-found' })
    expect(answer.headers['cache-control']).toBe('no-store')
    expect([signedIn, rows, leftovers]).toEqual([true, 1, 1])
    expect(commands).toEqual(['PutItem', 'UpdateItem', 'PutItem'])
  })

  it.each([[{}], [{ backchannel_logout_supported: false }], [{ backchannel_logout_supported: 'true' }]])(
    'not configured, while the server has the metadata %j, is refused, and nothing is written to index rows',
    async (metadata) => {
      const { answer, signedIn, rows, leftovers } = await started(undefined, metadata)
      expectRefusal(answer)
      expect([signedIn, rows, leftovers]).toEqual([true, 1, 1])
    },
  )

  it('under another base path is there and nowhere else', async () => {
    const own = await startWithBackchannelLogout({ environment: { BFF_BASE_PATH: '/auth' } })
    const unknown = new URLSearchParams({ logout_token: await own.server.logoutToken({ sub: 'nobody' }) })
    expect((await postLogoutForm(own, unknown)).status).toBe(404)
    expectSuccess(await postLogoutForm(own, unknown, { target: '/auth/backchannel-logout' }))
    await own.server.stop()
  })
})
