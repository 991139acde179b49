import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createAuthorizationServer } from '../adapters/authorization-server/authorization-server.ts'
import { createDynamoDBClient, STORE_MILLISECONDS } from '../adapters/dynamodb/client.ts'
import { createLoginTransactionStore } from '../adapters/dynamodb/login-transaction-store.ts'
import { createSessionStore } from '../adapters/dynamodb/session-store.ts'
import type { HttpDependencies } from '../adapters/http/app-context.ts'
import { createStoredClientSecret } from '../adapters/secrets/client-secret.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { systemEntropy } from '../adapters/system/entropy.ts'
import { createJsonLog } from '../adapters/telemetry/json-log.ts'
import type { Clock, Log } from '../flows/ports.ts'
import { ownPaths, type Settings } from './settings.ts'

/** What a run on a laptop or a test may bring of its own. */
export interface Surroundings {
  readonly clock?: Clock
  readonly log?: Log
  readonly dynamodb?: DynamoDBClient
}

/** Puts everything together, once per process. Nothing is asked of any server yet. */
export function compose(settings: Settings, surroundings: Surroundings = {}): HttpDependencies {
  const clock = surroundings.clock ?? systemClock
  const log = surroundings.log ?? createJsonLog((line) => process.stdout.write(line))
  const client = surroundings.dynamodb ?? createDynamoDBClient()
  return {
    transactions: createLoginTransactionStore(client, settings.loginTable),
    sessions: createSessionStore(client, settings.sessionTable),
    authorizationServer: createAuthorizationServer(
      { ...settings, timeoutMilliseconds: settings.authorizationServerTimeoutMilliseconds },
      clientSecretOf(settings, clock),
      clock,
    ),
    clock,
    entropy: systemEntropy,
    log,
    policy: { ...settings, ownPaths: ownPaths(settings) },
    limits: { idleSeconds: settings.sessionIdleSeconds, absoluteSeconds: settings.sessionAbsoluteSeconds },
    visibleClaims: settings.claims,
    longest: {
      answerMilliseconds: settings.authorizationServerTimeoutMilliseconds,
      statementMilliseconds: STORE_MILLISECONDS,
    },
    settings,
  }
}

function clientSecretOf({ clientSecret }: Settings, clock: Clock): () => Promise<string> {
  return 'arn' in clientSecret
    ? createStoredClientSecret(clientSecret.arn, clock)
    : async () => clientSecret.value
}
