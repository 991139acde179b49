import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { startScriptedUpstream } from '../support/upstream.ts'
import { peopleInBrowser } from './person.ts'

const start = peopleInBrowser()

// That no token came to the browser is shown of every visit when it ends, see person.ts.
describe('an API call of a person who is signed in', () => {
  it('is answered by the API, which got the access token that the browser never sees [TE-13] [PX-04]', async () => {
    const { person, run } = await start()
    await person.open()
    await person.logIn()
    await callApi(person.page)
    await expectAnswer(person.page, 1, 1)
    expect(run.tokens.size).toBe(2)
  })

  it('works when the access token has expired: the API sees another one [RF-01] [RF-02]', async () => {
    const { person, run } = await start()
    await person.open()
    await person.logIn()
    await callApi(person.page)
    await expectAnswer(person.page, 1, 1)
    run.clock.advance(301)
    await callApi(person.page)
    await expectAnswer(person.page, 2, 2)

    run.clock.advance(1)
    await callApi(person.page)
    await expectAnswer(person.page, 3, 2)
  })

  it('works when the API no longer takes the access token, and is not refreshed twice in a minute [RF-10]', async () => {
    const { person, run } = await start()
    await person.open()
    await person.logIn()
    await callApi(person.page)
    await expectAnswer(person.page, 1, 1)
    await expireToken(person.page)
    await callApi(person.page)
    await expectAnswer(person.page, 2, 2)

    await expireToken(person.page)
    await callApi(person.page)
    await person.page.getByRole('alert').getByText('did not accept your access').waitFor()
    await person.expectStatus('You are signed in as Alice Liddell.')
    run.clock.advance(60)
    await callApi(person.page)
    await expectAnswer(person.page, 3, 3)
  })

  it('offers a login where that helps, which the provider answers without asking anything', async () => {
    const { person } = await start()
    await person.open()
    await person.logIn()
    await expireToken(person.page)
    await callApi(person.page)
    await expectAnswer(person.page, 1, 2)
    await expireToken(person.page)
    await callApi(person.page)
    await person.page.getByRole('link', { name: 'Log in again' }).click()
    await person.expectStatus('You are signed in as Alice Liddell.')
    await callApi(person.page)
    await expectAnswer(person.page, 2, 3)
  })

  it('offers the login that the API asks for [PX-18]', async () => {
    const upstream = await startScriptedUpstream()
    const challenge = 'Bearer error="insufficient_user_authentication", max_age="300"'
    upstream.answer = () => ({ status: 401, headers: [['www-authenticate', challenge]] })
    const { person, run } = await start({
      BFF_UPSTREAMS: JSON.stringify([{ name: 'demo', target: upstream.origin }]),
    })
    await person.open()
    await person.logIn()
    await callApi(person.page)
    await person.page.getByRole('alert').getByText('a stronger or more recent sign-in').waitFor()
    const asked = person.page.waitForRequest((request) =>
      request.url().startsWith(`${run.settings.issuer}/auth?`),
    )
    await person.page.getByRole('link', { name: 'Log in again' }).click()
    expect(new URL((await asked).url()).searchParams.get('max_age')).toBe('300')
    await person.expectStatus('You are signed in as Alice Liddell.')
    await upstream.stop()
  })

  it('that finds no session shows them signed out [PX-11]', async () => {
    const { person } = await start()
    await person.open()
    await person.logIn()
    await callApi(person.page)
    await expectAnswer(person.page, 1, 1)
    await person.context.clearCookies({ name: '__Host-Http-session' })
    await callApi(person.page)
    await person.expectStatus('You are signed out.')
    expect(await person.page.locator('#signed-in').isVisible()).toBe(false)
  })
})

async function callApi(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Call the API' }).click()
}

async function expectAnswer(page: Page, calls: number, accessTokensSeen: number): Promise<void> {
  const answer = ['Hello alice, this is the API.', String(calls), String(accessTokensSeen)]
  await expect.poll(() => page.locator('#api-answer dd').allTextContents()).toEqual(answer)
}

async function expireToken(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Expire the access token' }).click()
  await page.getByText('The API refuses this access token from now on.').waitFor()
}
