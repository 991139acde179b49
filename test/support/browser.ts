import { ServerResponse } from 'node:http'
import chromium from '@sparticuz/chromium'
import { type Browser, type BrowserContext, chromium as playwright } from 'playwright-core'

// Not chromium.args: they switch off web security and put all tabs into one process.
/** A real Chromium: the one from npm on Linux, the installed Chrome elsewhere. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== 'linux') return playwright.launch({ channel: 'chrome' })
  return playwright.launch({ executablePath: await chromium.executablePath(), args: ['--no-sandbox'] })
}

/** What pages complained of: breaches of their content security policy, and exceptions that nobody caught. */
export function recordComplaints(context: BrowserContext): string[] {
  const complaints: string[] = []
  context.on('console', (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text())
  })
  context.on('weberror', (error) => void complaints.push(String(error.error())))
  return complaints
}

/** Everything that came over the wire to this browser, as text. */
export interface Traffic {
  all(): Promise<string>
}

/**
 * Records URLs and headers as the browser sees them, and bodies as the servers of this process send them to it: a
 * browser no longer hands out the body of a page that it has left.
 */
export function recordTraffic(context: BrowserContext): Traffic {
  const heads: Promise<string>[] = []
  context.on('response', (response) => {
    heads.push(
      response
        .headersArray()
        .then((headers) =>
          [response.url(), ...headers.map(({ name, value }) => `${name}: ${value}`)].join('\n'),
        ),
    )
  })
  const bodies = recordBodies()
  return { all: async () => [...(await Promise.all(heads)), ...bodies].join('\n') }
}

function recordBodies(): string[] {
  const bodies: string[] = []
  for (const method of ['write', 'end'] as const) {
    const send = ServerResponse.prototype[method] as (...parts: unknown[]) => never
    ServerResponse.prototype[method] = function record(this: ServerResponse, ...parts: unknown[]) {
      const toBrowser = this.req?.headers['user-agent']?.startsWith('Mozilla')
      const [chunk] = parts
      if (toBrowser && (typeof chunk === 'string' || chunk instanceof Uint8Array)) {
        bodies.push(Buffer.from(chunk as string).toString('utf8'))
      }
      return send.apply(this, parts)
    } as never
  }
  return bodies
}
