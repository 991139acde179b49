import {
  CreateTableCommand,
  type DynamoDBClient,
  type DynamoDBClientConfig,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { createDynamoDBClient } from '../functions/adapters/dynamodb/client.ts'
import { LOGIN_TABLE, SESSION_TABLE } from '../functions/adapters/dynamodb/table-schema.ts'
import { listen, type RunningServer } from './listen.ts'

/** Starts a DynamoDB engine in this process. What it holds is gone when it stops. */
export async function startEmbeddedDynamoDB(): Promise<RunningServer> {
  return listen(dynalite({ createTableMs: 0 }), 0, '127.0.0.1')
}

/** A client for a DynamoDB on this machine, which looks at no credentials but insists on their presence. */
export function createLocalDynamoDBClient(
  endpoint: string,
  overrides: DynamoDBClientConfig = {},
): DynamoDBClient {
  const { AWS_ACCESS_KEY_ID: accessKeyId = 'local', AWS_SECRET_ACCESS_KEY: secretAccessKey = 'local' } =
    process.env
  const region = process.env.AWS_REGION ?? 'us-east-1'
  return createDynamoDBClient({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    ...overrides,
  })
}

/** Creates the tables that are missing. Several instances may do so at the same time. */
export async function createMissingTables(client: DynamoDBClient, tables: TableNames): Promise<void> {
  await createTable(client, tables.loginTable, LOGIN_TABLE.partitionKey)
  await createTable(client, tables.sessionTable, SESSION_TABLE.partitionKey)
}

export interface TableNames {
  readonly loginTable: string
  readonly sessionTable: string
}

async function createTable(client: DynamoDBClient, name: string, partitionKey: string): Promise<void> {
  const command = new CreateTableCommand({
    TableName: name,
    AttributeDefinitions: [{ AttributeName: partitionKey, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: partitionKey, KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
  try {
    await client.send(command)
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ResourceInUseException')) throw error
  }
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: name })
}
