import { createAuthHandler } from '../functions/lambda/auth-handler.ts'
import { compose, type Surroundings } from '../functions/lambda/composition.ts'
import type { Settings } from '../functions/lambda/settings.ts'
import { describeProblems } from '../functions/lambda/settings-reader.ts'
import {
  type LocalAuthorizationServer,
  startAuthorizationServer,
} from './authorization-server/authorization-server.ts'
import { createLocalDynamoDBClient, createMissingTables, startEmbeddedDynamoDB } from './dynamodb.ts'
import { type GatewayRoute, startGateway } from './gateway/gateway.ts'
import type { RunningServer } from './listen.ts'
import { type LocalSettings, localSettings } from './local-settings.ts'

export interface LocalRun {
  readonly settings: Settings
  readonly dynamodbEndpoint: string
  readonly authorizationServer: LocalAuthorizationServer | undefined
  stop(): Promise<void>
}

/**
 * Starts everything a login needs on this machine, around the Lambda handlers that deploy.
 * @throws PortTaken
 */
export async function startLocalRun(
  local: LocalSettings,
  surroundings: Surroundings = {},
): Promise<LocalRun> {
  const running: RunningServer[] = []
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()))
  }
  try {
    const routes: GatewayRoute[] = []
    const gateway = await startGateway(local.port, new URL('spa/', import.meta.url), routes)
    running.push(gateway)
    const authorizationServer = await embeddedAuthorizationServer(local, gateway.port, running)
    const issuer = authorizationServer === undefined ? {} : { BFF_ISSUER: authorizationServer.issuer }
    const settings = usable(localSettings({ ...local.environment, ...issuer }, gateway.port))
    const dynamodbEndpoint = local.dynamodbEndpoint ?? (await embeddedDynamoDB(running))
    const dynamodb = createLocalDynamoDBClient(dynamodbEndpoint)
    await createMissingTables(dynamodb, settings)
    const handler = createAuthHandler(compose(settings, { ...surroundings, dynamodb }))
    routes.push({ basePath: settings.basePath, handler })
    return { settings, dynamodbEndpoint, authorizationServer, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function embeddedDynamoDB(running: RunningServer[]): Promise<string> {
  const dynamodb = await startEmbeddedDynamoDB()
  running.push(dynamodb)
  return `http://127.0.0.1:${dynamodb.port}`
}

async function embeddedAuthorizationServer(local: LocalSettings, port: number, running: RunningServer[]) {
  if (!local.embedsAuthorizationServer) return undefined
  const { clientId, clientSecret, clientAuthentication, redirectUri } = usable(
    localSettings(local.environment, port),
  )
  const secret = 'value' in clientSecret ? clientSecret.value : ''
  const nextPort = local.port === 0 ? 0 : local.port + 1
  const client = { clientId, clientSecret: secret, authentication: clientAuthentication, redirectUri }
  const embedded = await startAuthorizationServer(client, nextPort)
  running.push(embedded)
  return embedded
}

function usable(settings: ReturnType<typeof localSettings>): Settings {
  if (!settings.ok) throw new Error(describeProblems(settings.failure))
  return settings.value
}
