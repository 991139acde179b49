import { setTimeout as sleep } from 'node:timers/promises'
import { createLocalDynamoDBClient } from '../../dev/dynamodb.ts'
import { startGateway } from '../../dev/gateway/gateway.ts'
import type { Clock } from '../../functions/flows/ports.ts'
import { composeApi } from '../../functions/lambda/api-composition.ts'
import { createApiHandler } from '../../functions/lambda/api-handler.ts'
import { createAuthHandler } from '../../functions/lambda/auth-handler.ts'
import { compose } from '../../functions/lambda/composition.ts'
import { settingsOrThrow } from '../../functions/lambda/settings.ts'

/** What the test tells this process. */
export type Order = { readonly advanceSeconds: number } | { readonly dieBeforeTokensAreWritten: true }

/**
 * One more instance of both functions, as a process of its own: what it shares with the others is the table. Tells its
 * port once it listens.
 */
let ahead = 0
const clock: Clock = {
  now: () => Math.floor(clock.milliseconds() / 1000),
  milliseconds: () => Date.now() + ahead,
  pause: (milliseconds) => sleep(milliseconds),
}
let mayWriteTokens = true

const settings = settingsOrThrow(process.env)
/** An engine that many processes share on a busy machine may be slow without being down. */
const PATIENT = {
  requestHandler: { connectionTimeout: 5000, requestTimeout: 5000, throwOnRequestTimeout: true },
}
const dynamodb = createLocalDynamoDBClient(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '', PATIENT)
dynamodb.middlewareStack.add(
  (next) => (args) => {
    const input = args.input as { readonly ExpressionAttributeValues?: object }
    if (!mayWriteTokens && ':sealed' in (input.ExpressionAttributeValues ?? {}))
      process.kill(process.pid, 'SIGKILL')
    return next(args)
  },
  { step: 'initialize' },
)
const surroundings = { clock, dynamodb }
const gateway = await startGateway(0, new URL('../../dev/spa/', import.meta.url), [
  { basePath: settings.basePath, handler: createAuthHandler(compose(settings, surroundings)) },
  { basePath: '/api', handler: createApiHandler(composeApi(settings, surroundings)) },
])

process.on('message', (order: Order) => {
  if ('advanceSeconds' in order) ahead += order.advanceSeconds * 1000
  else mayWriteTokens = false
  process.send?.('done')
})
process.send?.({ port: gateway.port })
