import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { AUTH_BUNDLE_OPTIONS, bundleAuthFunction } from '../../infra/bundling/auth-bundle.ts'

/**
 * How long the bundle takes to load in a fresh process, as a ratio to a handler that only imports the stock DynamoDB
 * client. The two take turns, so that a busy machine disturbs both; milliseconds of one machine say little.
 */
const RUNS = 15
const ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  BFF_PUBLIC_ORIGIN: 'https://app.example.com',
  BFF_ISSUER: 'https://login.example.com',
  BFF_CLIENT_ID: 'example',
  BFF_CLIENT_SECRET: 'example',
  BFF_LOGIN_TABLE: 'LoginTransactions',
  BFF_SESSION_TABLE: 'Sessions',
}

const folder = await mkdtemp(join(tmpdir(), 'load-time-'))
const auth = join(folder, 'auth.mjs')
const stock = join(folder, 'stock.mjs')
await bundleAuthFunction(auth)
await bundleStockHandler(stock)

const times = { auth: [] as number[], stock: [] as number[] }
for (let run = 0; run < RUNS; run += 1) {
  times.auth.push(await loadMilliseconds(auth))
  times.stock.push(await loadMilliseconds(stock))
}
const [authMedian, stockMedian] = [median(times.auth), median(times.stock)]
process.stdout.write(`auth   ${(await stat(auth)).size} bytes, loads in ${authMedian.toFixed(1)} ms (median of ${RUNS})
stock  ${(await stat(stock)).size} bytes, loads in ${stockMedian.toFixed(1)} ms
ratio  ${(authMedian / stockMedian).toFixed(2)}   budget < 1.00
`)
await rm(folder, { recursive: true })

async function bundleStockHandler(outfile: string): Promise<void> {
  const contents = `import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
const client = new DynamoDBClient({})
export const handler = (event) => client.send(new GetItemCommand(event))`
  const { alias: _, ...options } = AUTH_BUNDLE_OPTIONS
  await build({ ...options, stdin: { contents, resolveDir: import.meta.dirname }, outfile, bundle: true })
}

async function loadMilliseconds(file: string): Promise<number> {
  const script = `const start = performance.now(); await import(${JSON.stringify(file)}); process.stdout.write(String(performance.now() - start))`
  const args = ['--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: ENVIRONMENT })
  return Number(stdout)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
