import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { audienceName } from '../adapters/authorization-server/audience.ts'
import { createAuthorizationServer } from '../adapters/authorization-server/authorization-server.ts'
import { createDynamoDBClient, longestStatement, USUAL_PACE } from '../adapters/dynamodb/client.ts'
import { createLoginTransactionStore } from '../adapters/dynamodb/login-transaction-store.ts'
import { createLogoutTokenStore } from '../adapters/dynamodb/logout-token-store.ts'
import { createSessionIndex } from '../adapters/dynamodb/session-index.ts'
import { createSessionStore } from '../adapters/dynamodb/session-store.ts'
import type { HttpDependencies } from '../adapters/http/app-context.ts'
import { createStoredSecrets } from '../adapters/secrets/stored-secret.ts'
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
  const { shared, client, indexSecret } = composeShared(settings, surroundings)
  return {
    ...shared,
    transactions: createLoginTransactionStore(client, settings.loginTable),
    logoutTokens: createLogoutTokenStore(client, settings.loginTable),
    index: createSessionIndex(client, settings.sessionTable, indexSecret, shared.clock),
    backchannelLogout: settings.backchannelLogout,
    withoutRefreshToken: settings.withoutRefreshToken,
    policy: { ...settings, ownPaths: ownPaths(settings) },
    visibleClaims: settings.claims,
    settings,
  }
}

/** What every function needs that looks at sessions, and what the others of its needs are made of. */
export function composeShared(settings: Settings, surroundings: Surroundings, pace = USUAL_PACE) {
  const clock = surroundings.clock ?? systemClock
  const client = surroundings.dynamodb ?? createDynamoDBClient({}, pace)
  const secretOf = secretReader(clock)
  const clientSecret = secretOf(settings.clientSecret)
  const shared = {
    clock,
    entropy: systemEntropy,
    log: surroundings.log ?? createJsonLog((line) => process.stdout.write(line)),
    sessions: createSessionStore(client, settings.sessionTable, longestStatement(pace)),
    authorizationServer: createAuthorizationServer(
      { ...settings, timeoutMilliseconds: settings.authorizationServerTimeoutMilliseconds },
      clientSecret,
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
  return { shared, client, indexSecret: indexSecretOf(settings, secretOf, clientSecret) }
}

type Secret = Settings['clientSecret']

function secretReader(clock: Clock): (secret: Secret) => () => Promise<string> {
  const stored = createStoredSecrets(clock)
  return (secret) => ('arn' in secret ? stored(secret.arn) : async () => secret.value)
}

/** Without a secret of its own the index loses track of its sessions when the client secret changes. */
function indexSecretOf(
  { indexSecret }: Settings,
  secretOf: ReturnType<typeof secretReader>,
  clientSecret: () => Promise<string>,
): () => Promise<string> {
  return indexSecret === undefined
    ? async () => derivedIndexSecret(await clientSecret())
    : secretOf(indexSecret)
}
