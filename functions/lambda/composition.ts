import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { audienceName } from '../adapters/authorization-server/audience.ts'
import { createAuthorizationServer } from '../adapters/authorization-server/authorization-server.ts'
import { createDynamoDBClient, longestStatement, USUAL_PACE } from '../adapters/dynamodb/client.ts'
import { createLoginTransactionStore } from '../adapters/dynamodb/login-transaction-store.ts'
import { createLogoutTokenStore } from '../adapters/dynamodb/logout-token-store.ts'
import { createSessionIndex } from '../adapters/dynamodb/session-index.ts'
import { createSessionStore } from '../adapters/dynamodb/session-store.ts'
import type { HttpDependencies } from '../adapters/http/app-context.ts'
import { createStoredSecret } from '../adapters/secrets/stored-secret.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { systemEntropy } from '../adapters/system/entropy.ts'
import { createJsonLog } from '../adapters/telemetry/json-log.ts'
import { derivedIndexSecret } from '../domain/session-index.ts'
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
  const shared = composeShared(settings, surroundings)
  const { client, clock } = shared
  return {
    ...shared,
    transactions: createLoginTransactionStore(client, settings.loginTable),
    logoutTokens: createLogoutTokenStore(client, settings.loginTable),
    index: createSessionIndex(client, settings.sessionTable, indexSecretOf(settings, clock), clock),
    backchannelLogout: settings.backchannelLogout,
    withoutRefreshToken: settings.withoutRefreshToken,
    policy: { ...settings, ownPaths: ownPaths(settings) },
    visibleClaims: settings.claims,
    settings,
  }
}

/** What every function needs that looks at sessions. */
export function composeShared(settings: Settings, surroundings: Surroundings, pace = USUAL_PACE) {
  const clock = surroundings.clock ?? systemClock
  const client = surroundings.dynamodb ?? createDynamoDBClient({}, pace)
  return {
    client,
    clock,
    entropy: systemEntropy,
    log: surroundings.log ?? createJsonLog((line) => process.stdout.write(line)),
    sessions: createSessionStore(client, settings.sessionTable, longestStatement(pace)),
    authorizationServer: createAuthorizationServer(
      { ...settings, timeoutMilliseconds: settings.authorizationServerTimeoutMilliseconds },
      secretOf(settings.clientSecret, clock),
      clock,
    ),
    limits: { idleSeconds: settings.sessionIdleSeconds, absoluteSeconds: settings.sessionAbsoluteSeconds },
    sessionsValidFrom: settings.sessionsValidFrom,
    audienceName: audienceName(settings.audience),
    longest: {
      answerMilliseconds: settings.authorizationServerTimeoutMilliseconds,
      statementMilliseconds: longestStatement(pace),
    },
  }
}

function secretOf(secret: Settings['clientSecret'], clock: Clock): () => Promise<string> {
  return 'arn' in secret ? createStoredSecret(secret.arn, clock) : async () => secret.value
}

/** Without a secret of its own the index loses track of its sessions when the client secret changes. */
function indexSecretOf({ indexSecret, clientSecret }: Settings, clock: Clock): () => Promise<string> {
  if (indexSecret !== undefined) return secretOf(indexSecret, clock)
  const derivedFrom = secretOf(clientSecret, clock)
  return async () => derivedIndexSecret(await derivedFrom())
}
