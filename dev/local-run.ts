import { API_PATH } from '../functions/domain/api-path.ts'
import { composeApi } from '../functions/lambda/api-composition.ts'
import { createApiHandler } from '../functions/lambda/api-handler.ts'
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
import { demoUpstream, type LocalSettings, localSettings } from './local-settings.ts'
import { startResourceServer } from './resource-server.ts'

export interface LocalRun {
  readonly settings: Settings
  readonly dynamodbEndpoint: string
  readonly authorizationServer: LocalAuthorizationServer | undefined
  readonly resourceServer: RunningServer | undefined
  stop(): Promise<void>
}

/**
 * Starts everything that logins and API calls need on this machine, around the Lambda handlers that deploy.
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
    const resourceServer = await demoResourceServer(local, authorizationServer, running)
    const environment = {
      ...local.environment,
      ...(authorizationServer === undefined ? {} : { BFF_ISSUER: authorizationServer.issuer }),
      ...(resourceServer === undefined ? {} : { BFF_UPSTREAMS: demoUpstream(resourceServer.port) }),
    }
    const settings = usable(localSettings(environment, gateway.port))
    const dynamodbEndpoint = local.dynamodbEndpoint ?? (await embeddedDynamoDB(running))
    routes.push(...(await handlers(settings, dynamodbEndpoint, surroundings)))
    return { settings, dynamodbEndpoint, authorizationServer, resourceServer, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function handlers(
  settings: Settings,
  dynamodbEndpoint: string,
  surroundings: Surroundings,
): Promise<GatewayRoute[]> {
  const dynamodb = createLocalDynamoDBClient(dynamodbEndpoint)
  await createMissingTables(dynamodb, settings)
  const around = { ...surroundings, dynamodb }
  return [
    { basePath: settings.basePath, handler: createAuthHandler(compose(settings, around)) },
    { basePath: API_PATH, handler: createApiHandler(composeApi(settings, around)) },
  ]
}

async function embeddedDynamoDB(running: RunningServer[]): Promise<string> {
  const dynamodb = await startEmbeddedDynamoDB()
  running.push(dynamodb)
  return `http://127.0.0.1:${dynamodb.port}`
}

async function embeddedAuthorizationServer(local: LocalSettings, port: number, running: RunningServer[]) {
  if (!local.embedsAuthorizationServer) return undefined
  const { clientId, clientSecret, clientAuthentication, redirectUri, basePath } = usable(
    localSettings(local.environment, port),
  )
  const client = {
    clientId,
    clientSecret: 'value' in clientSecret ? clientSecret.value : '',
    authentication: clientAuthentication,
    redirectUri,
    backchannelLogoutUri: `http://127.0.0.1:${port}${basePath}/backchannel-logout`,
  }
  const embedded = await startAuthorizationServer(client, near(local, 1))
  running.push(embedded)
  return embedded
}

/** Only the embedded authorization server can tell whose access token it is, and only who names no API of his own needs one. */
async function demoResourceServer(
  local: LocalSettings,
  authorizationServer: LocalAuthorizationServer | undefined,
  running: RunningServer[],
) {
  if (authorizationServer === undefined || local.environment.BFF_UPSTREAMS) return undefined
  const resourceServer = await startResourceServer(authorizationServer.provider, near(local, 2))
  running.push(resourceServer)
  return resourceServer
}

function near({ port }: LocalSettings, distance: number): number {
  return port === 0 || port + distance > 65_535 ? 0 : port + distance
}

function usable(settings: ReturnType<typeof localSettings>): Settings {
  if (!settings.ok) throw new Error(describeProblems(settings.failure))
  return settings.value
}
