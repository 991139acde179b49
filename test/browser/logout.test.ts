import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { type Person, peopleInBrowser } from './person.ts'

const start = peopleInBrowser()

describe('a person who logs out', () => {
  it('is led through the page of the provider and back, and is asked for the password afterwards [LO-04] [LO-06]', async () => {
    const { person, run } = await start()
    await person.open()
    await person.logIn()
    await person.page.getByRole('button', { name: 'Log out' }).click()
    await person.page.getByRole('button', { name: 'Sign out' }).click()
    await person.expectStatus('You are signed out.')
    expect(person.page.url()).toBe(`${run.origin}/`)

    await person.page.getByRole('link', { name: 'Log in', exact: true }).click()
    await person.page.getByLabel('Password').waitFor()
    await person.enterPassword()
    await person.expectStatus('You are signed in as Alice Liddell.')
  })

  it('is signed out here even if they never answer the page of the provider [LO-01] [LO-07]', async () => {
    const { person, run } = await start()
    await person.open()
    await person.logIn()
    const cookies = await person.context.cookies()
    const ended = cookies.filter(({ name }) => name === '__Host-Http-session')
    await person.page.getByRole('button', { name: 'Log out' }).click()
    await person.page.getByRole('button', { name: 'Sign out' }).waitFor()

    await person.open()
    await person.expectStatus('You are signed out.')
    await person.context.addCookies(ended)
    expect(await tellSession(person.page)).toEqual({ authenticated: false })
    expect(await person.context.cookies(run.origin)).toEqual(ended)
  })

  it('may stay signed in at the provider, which then asks for no password', async () => {
    const { person, run } = await start()
    await person.open()
    await person.logIn()
    await person.page.getByRole('button', { name: 'Log out' }).click()
    await person.page.getByRole('button', { name: 'Stay signed in here' }).click()
    await person.expectStatus('You are signed out.')

    await person.page.getByRole('link', { name: 'Log in', exact: true }).click()
    await person.expectStatus('You are signed in as Alice Liddell.')
    expect(person.page.url()).toBe(`${run.origin}/`)
  })
})

describe('a person who signs out at the provider, in another tab', () => {
  it('has no session any more: the next API call finds that out [LO-09] [LO-17] [LO-18]', async () => {
    const { person } = await start()
    await person.open()
    await person.logIn()
    await signOutInAnotherTab(person)

    expect(await tellSession(person.page)).toEqual({ authenticated: false })
    await person.page.getByRole('button', { name: 'Call the API' }).click()
    await person.expectStatus('You are signed out.')
    expect(await statusOfApiCall(person.page)).toBe(401)
  })

  it('sees that when they come back to the first tab', async () => {
    const { person } = await start()
    await person.open()
    await person.logIn()
    await signOutInAnotherTab(person)
    await person.expectStatus('You are signed in as Alice Liddell.')
    // A headless browser has no tab in front of another one.
    await person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await person.expectStatus('You are signed out.')
  })

  it('ends the session of that browser alone, and may log in again at once [LO-17]', async () => {
    const { person, newPerson } = await start()
    const elsewhere = await newPerson()
    for (const one of [person, elsewhere]) {
      await one.open()
      await one.logIn()
    }
    await signOutInAnotherTab(person)
    await elsewhere.page.reload()
    await elsewhere.expectStatus('You are signed in as Alice Liddell.')

    await person.open()
    await person.expectStatus('You are signed out.')
    await person.logIn()
    await person.expectStatus('You are signed in as Alice Liddell.')
  })
})

async function signOutInAnotherTab({ page, context, signOutAtProvider }: Person): Promise<void> {
  const opened = context.waitForEvent('page')
  await page.getByRole('link', { name: 'Sign out at the authorization server' }).click()
  await signOutAtProvider(await opened)
}

function tellSession(page: Page): Promise<unknown> {
  return page.evaluate(
    "fetch('/bff/session', { headers: { 'X-CSRF': '1' } }).then((answer) => answer.json())",
  )
}

function statusOfApiCall(page: Page): Promise<unknown> {
  return page.evaluate(
    "fetch('/api/demo/hello', { headers: { 'X-CSRF': '1' } }).then(({ status }) => status)",
  )
}
