import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startLocalRun } from '../../dev/local-run.ts'
import { readLocalSettings } from '../../dev/local-settings.ts'
import { createJsonLog } from '../../functions/adapters/telemetry/json-log.ts'
import type { Environment } from '../../functions/lambda/settings-reader.ts'
import { launchBrowser, recordComplaints, recordTraffic } from '../support/browser.ts'
import { testClock } from '../support/clock.ts'
import { witnessCookies, witnessLog, witnessSecrets } from '../support/witness.ts'

type TestRun = Awaited<ReturnType<typeof startTestRun>>

/** The local run with a clock that can be moved. The authorization server keeps the real time. */
async function startTestRun(environment: Environment = {}) {
  const clock = testClock()
  const settings = readLocalSettings({ PORT: '0', ...environment })
  if (!settings.ok) throw new Error(JSON.stringify(settings.failure))
  const started = await startLocalRun(settings.value, { clock, log: createJsonLog(witnessLog) })
  return { ...started, clock, origin: started.settings.publicOrigin, tokens: recordTokens(started) }
}

/** Every access and refresh token that the embedded authorization server issues: they are opaque, and their own names. */
function recordTokens({ authorizationServer }: Awaited<ReturnType<typeof startLocalRun>>): Set<string> {
  const tokens = new Set<string>()
  const keep = ({ jti }: { jti: string }) => {
    tokens.add(jti)
    witnessSecrets([jti])
  }
  authorizationServer?.provider.on('access_token.saved', keep)
  authorizationServer?.provider.on('refresh_token.saved', keep)
  return tokens
}

/**
 * For a file of tests: one browser, and in each test as many runs and people as it starts, which end with it.
 * @returns starts a run and a person at it; there may be more people.
 */
export function peopleInBrowser() {
  let browser: Browser
  const people: Person[] = []
  const runs: TestRun[] = []
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const person of people.splice(0)) await person.close()
    for (const run of runs.splice(0)) await run.stop()
  })

  return async function start(environment: Environment = {}) {
    const run = await startTestRun(environment)
    runs.push(run)
    const newPerson = async () => {
      const person = await openBrowser(browser, run)
      people.push(person)
      return person
    }
    return { run, person: await newPerson(), newPerson }
  }
}

export type Person = Awaited<ReturnType<typeof openBrowser>>

/** A person with a fresh browser profile at a local run. Every tab may be given; without one it is the first. */
async function openBrowser(browser: Browser, run: TestRun) {
  const context = await browser.newContext()
  const traffic = recordTraffic(context)
  const complaints = recordComplaints(context)
  const page = await context.newPage()

  async function logIn(tab: Page = page): Promise<void> {
    await tab.getByRole('link', { name: 'Log in', exact: true }).click()
    await enterPassword(run, tab)
  }

  return {
    context,
    page,
    open: (tab: Page = page) => tab.goto(run.origin),
    logIn,
    enterPassword: (tab: Page = page) => enterPassword(run, tab),
    /** Logs out, at the provider too. */
    async logOut(tab: Page = page): Promise<void> {
      await tab.getByRole('button', { name: 'Log out' }).click()
      await tab.getByRole('button', { name: 'Sign out' }).click()
      await tab.waitForURL(`${run.origin}/**`)
    },
    /** On its page for that, which asks first. */
    async signOutAtProvider(tab: Page = page): Promise<void> {
      await tab.getByRole('button', { name: 'Sign out' }).click()
      await tab.getByRole('heading', { name: 'You are signed out' }).waitFor()
    },
    expectStatus: (text: string, tab: Page = page) =>
      tab.getByRole('status').getByText(text).waitFor({ timeout: 10_000 }),
    /** Ends the visit. In all of it no token was seen, and no policy of a page was broken. */
    async close(): Promise<void> {
      await expectNoTokenSeen(run, context, traffic)
      expect(complaints).toEqual([])
      witnessCookies((await context.cookies()).map(({ name, value }) => `${name}=${value}`))
      await context.close()
    },
  }
}

/** The provider asks for the password once; later it knows the browser. */
async function enterPassword(run: TestRun, tab: Page): Promise<void> {
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

/** Neither in what came over the wire nor in what the browser keeps or shows; but for the hint of a logout. */
async function expectNoTokenSeen(
  { origin, tokens }: TestRun,
  context: BrowserContext,
  traffic: ReturnType<typeof recordTraffic>,
): Promise<void> {
  const pages = await Promise.all(context.pages().map((tab) => tab.content()))
  const stored = JSON.stringify(await context.storageState())
  const seen = [await traffic.all(), stored, ...pages].join('\n').replace(/id_token_hint=[\w.-]+/g, '')
  expect(seen).toContain(`${origin}/bff/session`)
  expect(seen).toContain('"authenticated":')
  expect([...tokens].filter((token) => seen.includes(token))).toEqual([])
  expect(seen.match(/eyJ[\w-]+\.[\w-]+\./)).toBeNull()
}
