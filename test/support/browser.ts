import chromium from '@sparticuz/chromium'
import { type Browser, type BrowserContext, chromium as playwright } from 'playwright-core'

// Not chromium.args: they switch off web security and put all tabs into one process.
/** A real Chromium: the one from npm on Linux, the installed Chrome elsewhere. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== 'linux') return playwright.launch({ channel: 'chrome' })
  return playwright.launch({ executablePath: await chromium.executablePath(), args: ['--no-sandbox'] })
}

/** Everything that came over the wire to this browser, as text. */
export interface Traffic {
  all(): Promise<string>
}

export function recordTraffic(context: BrowserContext): Traffic {
  const parts: Promise<string>[] = []
  context.on('response', (response) => {
    parts.push(
      Promise.all([response.headersArray(), response.text().catch(() => '')]).then(([headers, body]) =>
        [response.url(), ...headers.map(({ name, value }) => `${name}: ${value}`), body].join('\n'),
      ),
    )
  })
  return { all: async () => (await Promise.all(parts)).join('\n') }
}
