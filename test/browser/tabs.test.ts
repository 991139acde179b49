import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { peopleInBrowser } from './person.ts'

const start = peopleInBrowser()

describe('a person with several tabs', () => {
  it('sees in all of them, without a reload, that they signed in or out in one', async () => {
    const { person } = await start()
    const others = [await person.context.newPage(), await person.context.newPage()]
    for (const tab of [person.page, ...others]) {
      await person.open(tab)
      await person.expectStatus('You are signed out.', tab)
    }
    const loads = countLoads(others)
    const asked = sessionRequests(person.context)

    await person.logIn()
    for (const tab of others) await person.expectStatus('You are signed in as Alice Liddell.', tab)
    await person.logOut()
    for (const tab of others) await person.expectStatus('You are signed out.', tab)

    expect(loads()).toBe(0)
    // Each change is looked at once by each other tab, and none of them counts as use of the session.
    expect(asked().filter((query) => query === '?peek=1')).toHaveLength(4)
    expect(asked().filter((query) => query === '')).toHaveLength(2)
  })
})

describe('a page that comes back from the history', () => {
  it('shows the session as it is now', async () => {
    const { person, run } = await start()
    await person.open()
    await person.logIn()
    await person.expectStatus('You are signed in as Alice Liddell.')
    await person.page.goto(signOutPage(run))
    await person.signOutAtProvider()
    await person.page.evaluate('void setTimeout(() => history.go(-2))')
    await person.expectStatus('You are signed out.')
  })

  // A headless Chromium has no cache of whole pages: the page gets the events that it would get from one.
  it('shows nothing of the session before, even if it was kept as it was', async () => {
    const { person, run } = await start()
    await person.open()
    await person.logIn()
    await person.expectStatus('You are signed in as Alice Liddell.')
    await person.page.evaluate(transition('pagehide'))
    await person.expectStatus('Looking for a session…')
    expect(await person.page.locator('body').textContent()).not.toContain('alice')

    const tab = await person.context.newPage()
    await tab.goto(signOutPage(run))
    await person.signOutAtProvider(tab)
    await person.page.evaluate(transition('pageshow'))
    await person.expectStatus('You are signed out.')
  })
})

function signOutPage({ settings }: { readonly settings: { readonly issuer: string } }): string {
  return `${settings.issuer}/session/end`
}

function transition(type: 'pagehide' | 'pageshow'): string {
  return `void dispatchEvent(new PageTransitionEvent('${type}', { persisted: true }))`
}

function countLoads(tabs: readonly Page[]): () => number {
  let loads = 0
  for (const tab of tabs) {
    tab.on('load', () => {
      loads += 1
    })
  }
  return () => loads
}

/** Queries of the requests for the session. */
function sessionRequests(context: BrowserContext): () => string[] {
  const queries: string[] = []
  context.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (pathname === '/bff/session') queries.push(search)
  })
  return () => queries
}
