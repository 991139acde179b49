import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { witnessLog } from '../support/witness.ts'
import type { Order } from './instance.ts'

export interface Instance {
  readonly origin: string
  /** Settles when the process has ended, by whatever means. */
  readonly ended: Promise<unknown>
  order(order: Order): Promise<void>
  stop(): Promise<void>
}

/** Starts a process of both functions with these settings. What it logs is witnessed, and told line by line. */
export async function startInstance(
  environment: Record<string, string>,
  onLine: (line: { readonly [name: string]: unknown }) => void = () => {},
): Promise<Instance> {
  const child = fork(fileURLToPath(new URL('instance.ts', import.meta.url)), {
    env: { PATH: process.env.PATH ?? '', ...environment },
    silent: true,
  })
  readLines(child, onLine)
  const ended = once(child, 'exit')
  const [{ port }] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('An instance did not start.'))),
  ])) as [{ port: number }]
  return {
    origin: `http://127.0.0.1:${port}`,
    ended,
    async order(order) {
      const done = once(child, 'message')
      child.send(order)
      await done
    },
    async stop() {
      child.kill()
      await ended
    },
  }
}

function readLines(child: ChildProcess, onLine: Parameters<typeof startInstance>[1]) {
  let rest = ''
  child.stderr?.on('data', (chunk) => witnessLog(String(chunk)))
  child.stdout?.on('data', (chunk) => {
    witnessLog(String(chunk))
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('{')) onLine?.(JSON.parse(line))
  })
}

export interface InstanceAnswer {
  readonly status: number
  readonly cookies: readonly string[]
  readonly location: string
  readonly body: string
}

/** Sends a request as a browser would, over a connection of its own. Node's `fetch` says of itself that it is no navigation. */
export function ask(
  origin: string,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<InstanceAnswer> {
  return new Promise((resolve, reject) => {
    request(origin + path, { method, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          cookies: response.headers['set-cookie'] ?? [],
          location: response.headers.location ?? '',
          body,
        }),
      )
    })
      .on('error', reject)
      .end()
  })
}
