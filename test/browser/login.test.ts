import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { listen } from '../../dev/listen.ts'
import { peopleInBrowser } from './person.ts'

const start = peopleInBrowser()

describe('a person in a real browser', () => {
  it('logs in, sees who they are, reloads, logs out and logs in again [SC-05] [SC-17] [CB-14]', async () => {
    const { person, run } = await start()
    await person.open()
    await person.expectStatus('You are signed out.')
    await person.logIn()
    await person.expectStatus('You are signed in as Alice Liddell.')
    expect(await person.page.locator('#claims').textContent()).toContain('alice@example.com')
    expect(person.page.url()).toBe(`${run.origin}/`)

    await person.page.reload()
    await person.expectStatus('You are signed in as Alice Liddell.')

    await person.logOut()
    await person.expectStatus('You are signed out.')
    await person.logIn()
    await person.expectStatus('You are signed in as Alice Liddell.')
  })

  it('holds one HttpOnly, Strict session cookie and no token, and no answer held one [TE-13] [SC-01] [SC-02] [SC-03]', async () => {
    const { person, run } = await start()
    await person.open()
    await person.logIn()
    await person.expectStatus('You are signed in as Alice Liddell.')

    const ours = (await person.context.cookies(run.origin)).filter(({ name }) =>
      name.startsWith('__Host-Http-'),
    )
    expect(ours).toEqual([
      expect.objectContaining({
        name: '__Host-Http-session',
        httpOnly: true,
        secure: true,
        sameSite: 'Strict',
        path: '/',
      }),
    ])
    expect(await person.page.locator('#verdict').textContent()).toBe('No token anywhere a script can look.')
    expect(run.tokens.size).toBe(2)
  })

  it('may log in in two tabs at once: both end well [AR-29]', async () => {
    const { person, run } = await start()
    await person.open()
    const second = await person.context.newPage()
    await person.open(second)
    await Promise.all(
      [person.page, second].map((tab) => tab.getByRole('link', { name: 'Log in', exact: true }).click()),
    )
    await person.enterPassword()
    await person.enterPassword(second)

    await person.expectStatus('You are signed in as Alice Liddell.')
    await person.expectStatus('You are signed in as Alice Liddell.', second)
    const names = (await person.context.cookies(run.origin)).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('__Host-Http-login'))).toEqual([])
  })

  it('who cancels is told so, and can start again [CB-11]', async () => {
    const { person } = await start()
    await person.open()
    await person.page.getByRole('link', { name: 'Log in', exact: true }).click()
    await person.page.getByRole('button', { name: 'Cancel' }).click()
    expect(await person.page.getByRole('heading').textContent()).toBe('We could not sign you in')
    expect(await person.page.locator('main').textContent()).toContain('authorization-denied')

    await person.page.getByRole('link', { name: 'Sign in again' }).click()
    await person.enterPassword()
    await person.expectStatus('You are signed in as Alice Liddell.')
  })

  it('who takes too long is told so, and can start again', async () => {
    const { person, run } = await start()
    await person.open()
    await person.page.getByRole('link', { name: 'Log in', exact: true }).click()
    run.clock.advance(600)
    await person.enterPassword()
    expect(await person.page.locator('main').textContent()).toContain('login-transaction-expired')

    run.clock.advance(-600)
    await person.page.getByRole('link', { name: 'Continue to the app' }).click()
    await person.expectStatus('You are signed out.')
  })
})

describe('an application that hands the code over itself', () => {
  it('completes the login on a route of its own, and the code is gone from the address bar', async () => {
    const port = await freePort()
    const { person, run } = await start({
      PORT: String(port),
      BFF_REDIRECT_URI: `http://localhost:${port}/signed-in`,
    })
    await person.open()
    await person.logIn()

    await person.expectStatus('You are signed in as Alice Liddell.')
    expect(person.page.url()).toBe(`${run.origin}/`)
  })
})

async function freePort(): Promise<number> {
  const { port, stop } = await listen(createServer(), 0, '127.0.0.1')
  await stop()
  return port
}
