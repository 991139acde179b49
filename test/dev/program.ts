import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'
import { witnessLog } from '../support/witness.ts'

export const START = fileURLToPath(new URL('../../dev/start.ts', import.meta.url))

/** For a file of tests: `npm start` as processes of their own, which end with the test that started them. */
export function programs() {
  const started: ChildProcess[] = []
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL')
  })
  return function start(
    environment: Record<string, string>,
    [command = '', ...args]: string[] = [process.execPath, START],
  ) {
    const child = spawn(command, args, { env: { ...environment, PATH: process.env.PATH } })
    started.push(child)
    return observed(child)
  }
}

function observed(child: ChildProcess) {
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk
    witnessLog(String(chunk))
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  const exit = once(child, 'close')
  const told = (line: RegExp) => line.exec(output)?.[1] ?? ''
  return {
    child,
    /** All output has ended, that of what the child started included. */
    closed: exit,
    output: () => output,
    exitCode: async () => (await exit)[0] as number,
    /** Once it is ready. */
    async origin(): Promise<string> {
      while (!output.includes('Ctrl-C')) {
        await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, 'data'), exit])
        if (child.exitCode !== null) throw new Error(output)
      }
      return told(/Open +(\S+)\//)
    },
    issuer: () => told(/Authorization server +(\S+)/),
    /** Addresses of the APIs. */
    apis: () => [...output.matchAll(/API +\S+ +at (\S+)/g)].map(([, address = '']) => address),
  }
}
