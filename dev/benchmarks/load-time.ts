import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import {
  BUNDLE_OPTIONS,
  bundleFunction,
  ENTRIES,
  type FunctionName,
} from '../../infra/bundling/function-bundle.ts'

/**
 * How long each bundle takes to load in a fresh process, as a ratio to a handler that only imports the stock DynamoDB
 * client. They take turns, so that a busy machine disturbs all; milliseconds of one machine say little.
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

const FUNCTIONS = Object.keys(ENTRIES) as FunctionName[]
const BUNDLES = ['stock', ...FUNCTIONS]

const folder = await mkdtemp(join(tmpdir(), 'load-time-'))
const fileOf = (name: string) => join(folder, `${name}.mjs`)
await bundleStockHandler(fileOf('stock'))
for (const name of FUNCTIONS) await bundleFunction(name, fileOf(name))

const times = new Map(BUNDLES.map((name) => [name, [] as number[]]))
for (let run = 0; run < RUNS; run += 1) {
  for (const name of BUNDLES) times.get(name)?.push(await loadMilliseconds(fileOf(name)))
}
for (const name of BUNDLES) {
  const { size } = await stat(fileOf(name))
  const median = medianOf(name)
  const ratio = (median / medianOf('stock')).toFixed(2)
  const figures = [`${size} bytes`, `${median.toFixed(1)} ms`, `ratio ${ratio}`]
  process.stdout.write(`${name.padEnd(12)}${figures.map((figure) => figure.padEnd(16)).join('')}\n`)
}
process.stdout.write(`Medians of ${RUNS} loads. Budget of auth: 330000 bytes, ratio < 1.00\n`)
await rm(folder, { recursive: true })

async function bundleStockHandler(outfile: string): Promise<void> {
  const contents = `import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
const client = new DynamoDBClient({})
export const handler = (event) => client.send(new GetItemCommand(event))`
  const { alias: _, ...options } = BUNDLE_OPTIONS
  await build({ ...options, stdin: { contents, resolveDir: import.meta.dirname }, outfile, bundle: true })
}

async function loadMilliseconds(file: string): Promise<number> {
  const script = `const start = performance.now(); await import(${JSON.stringify(file)}); process.stdout.write(String(performance.now() - start))`
  const args = ['--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: ENVIRONMENT })
  return Number(stdout)
}

function medianOf(name: string): number {
  const sorted = [...(times.get(name) ?? [])].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
