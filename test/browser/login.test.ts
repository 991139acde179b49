import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLocalDynamoDBClient } from '../../dev/dynamodb.ts'
import { startLocalRun } from '../../dev/local-run.ts'
import { readLocalSettings } from '../../dev/local-settings.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import { createJsonLog } from '../../functions/adapters/telemetry/json-log.ts'
import type { RandomToken } from '../../functions/domain/identifiers.ts'
import { sessionRowId } from '../../functions/domain/identifiers.ts'
import { openSession } from '../../functions/domain/session.ts'
import { launchBrowser, recordTraffic, type Traffic } from '../support/browser.ts'
import { testClock } from '../support/clock.ts'
import { witnessCookies, witnessLog } from '../support/witness.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

let run: Awaited<ReturnType<typeof startRun>>
let context: BrowserContext
let page: Page
let traffic: Traffic
beforeEach(async () => {
  run = await startRun()
  context = await browser.newContext()
  traffic = recordTraffic(context)
  page = await context.newPage()
})
afterEach(async () => {
  await expectNoTokenSeen()
  witnessCookies((await context.cookies()).map(({ name, value }) => `${name}=${value}`))
  await context.close()
  await run.stop()
})

describe('a person in a real browser', () => {
  it('logs in, sees who they are, reloads, logs out and logs in again [SC-05] [SC-17] [CB-14]', async () => {
    await openApplication()
    await expectStatus('You are signed out.')
    await logIn()
    await expectStatus('You are signed in as Alice Liddell.')
    expect(await page.locator('#claims').textContent()).toContain('alice@example.com')
    expect(page.url()).toBe(`${run.origin}/`)

    await page.reload()
    await expectStatus('You are signed in as Alice Liddell.')

    await page.getByRole('button', { name: 'Log out' }).click()
    await expectStatus('You are signed out.')
    await logIn()
    await expectStatus('You are signed in as Alice Liddell.')
  })

  it('holds one HttpOnly, Strict session cookie and no token, and no answer held one [TE-13] [SC-01] [SC-02] [SC-03]', async () => {
    await openApplication()
    await logIn()
    await expectStatus('You are signed in as Alice Liddell.')

    const ours = (await context.cookies(run.origin)).filter(({ name }) => name.startsWith('__Host-Http-'))
    expect(ours).toEqual([
      expect.objectContaining({
        name: '__Host-Http-session',
        httpOnly: true,
        secure: true,
        sameSite: 'Strict',
        path: '/',
      }),
    ])
    expect(await page.locator('#verdict').textContent()).toBe('No token anywhere a script can look.')
    expect(await tokensOf(ours[0]?.value as RandomToken)).toHaveLength(3)
  })

  it('may log in in two tabs at once: both end well [AR-29]', async () => {
    await openApplication()
    const second = await context.newPage()
    await second.goto(run.origin)
    await Promise.all([page, second].map((tab) => tab.getByRole('link', { name: 'Log in' }).click()))
    await enterPassword(page)
    await enterPassword(second)

    await expectStatus('You are signed in as Alice Liddell.')
    await expectStatus('You are signed in as Alice Liddell.', second)
    const names = (await context.cookies(run.origin)).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('__Host-Http-login'))).toEqual([])
  })

  it('who cancels is told so, and can start again [CB-11]', async () => {
    await openApplication()
    await page.getByRole('link', { name: 'Log in' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(await page.getByRole('heading').textContent()).toBe('We could not sign you in')
    expect(await page.locator('main').textContent()).toContain('authorization-denied')

    await page.getByRole('link', { name: 'Sign in again' }).click()
    await enterPassword(page)
    await expectStatus('You are signed in as Alice Liddell.')
  })

  it('who takes too long is told so, and can start again', async () => {
    await openApplication()
    await page.getByRole('link', { name: 'Log in' }).click()
    run.clock.advance(600)
    await enterPassword(page)
    expect(await page.locator('main').textContent()).toContain('login-transaction-expired')

    run.clock.advance(-600)
    await page.getByRole('link', { name: 'Continue to the app' }).click()
    await expectStatus('You are signed out.')
  })
})

describe('an application that hands the code over itself', () => {
  it('completes the login on a route of its own, and the code is gone from the address bar', async () => {
    await run.stop()
    run = await startRun('/signed-in')
    await openApplication()
    await logIn()

    await expectStatus('You are signed in as Alice Liddell.')
    expect(page.url()).toBe(`${run.origin}/`)
  })
})

/** Neither in what came over the wire nor in what the browser keeps or shows, in every test of this file. */
async function expectNoTokenSeen(): Promise<void> {
  const cookies = await context.cookies(run.origin)
  const session = cookies.find(({ name }) => name === '__Host-Http-session')?.value
  const tokens = session === undefined ? [] : await tokensOf(session as RandomToken)
  const pages = await Promise.all(context.pages().map((tab) => tab.content()))
  const seen = [await traffic.all(), JSON.stringify(await context.storageState()), ...pages].join('\n')
  expect(seen).toContain('/bff/session')
  expect(seen).toContain('"authenticated":')
  expect(tokens.filter((token) => seen.includes(token))).toEqual([])
  expect(seen.match(/eyJ[\w-]+\.[\w-]+\./)).toBeNull()
}

async function startRun(redirectRoute?: string) {
  const clock = testClock()
  const port = redirectRoute === undefined ? 0 : await freePort()
  const settings = readLocalSettings({
    PORT: String(port),
    ...(redirectRoute === undefined ? {} : { BFF_REDIRECT_URI: `http://localhost:${port}${redirectRoute}` }),
  })
  if (!settings.ok) throw new Error(JSON.stringify(settings.failure))
  const started = await startLocalRun(settings.value, { clock, log: createJsonLog(witnessLog) })
  return { ...started, clock, origin: started.settings.publicOrigin }
}

async function freePort(): Promise<number> {
  const settings = readLocalSettings({ PORT: '0' })
  if (!settings.ok) throw new Error(JSON.stringify(settings.failure))
  const started = await startLocalRun(settings.value, { log: () => {} })
  await started.stop()
  return Number(new URL(started.settings.publicOrigin).port)
}

async function openApplication(): Promise<void> {
  await page.goto(run.origin)
}

async function logIn(): Promise<void> {
  await page.getByRole('link', { name: 'Log in' }).click()
  await enterPassword(page)
}

/** The provider asks for the password once; later it knows the browser. */
async function enterPassword(tab: Page): Promise<void> {
  await tab.waitForLoadState()
  if (tab.url().startsWith(run.origin)) return
  const password = tab.getByLabel('Password')
  if (await password.isVisible()) {
    await password.fill('wonderland')
    await tab.getByRole('button', { name: 'Sign in' }).click()
    await tab.waitForLoadState()
  }
  await tab.waitForURL(`${run.origin}/**`)
}

async function expectStatus(text: string, tab: Page = page): Promise<void> {
  await tab.getByRole('status').getByText(text).waitFor({ timeout: 10_000 })
}

async function tokensOf(identifier: RandomToken): Promise<string[]> {
  const store = createSessionStore(createLocalDynamoDBClient(run.dynamodbEndpoint), run.settings.sessionTable)
  const row = await store.find(sessionRowId(identifier))
  const session = row.ok && row.value !== undefined ? openSession(row.value, identifier) : undefined
  const { accessTokens, refreshToken = '', idToken = '' } = session?.tokens ?? { accessTokens: {} }
  return [...Object.values(accessTokens).map(({ value }) => value), refreshToken, idToken].filter(
    (token) => token !== '',
  )
}
