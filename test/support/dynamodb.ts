import { randomUUID } from 'node:crypto'
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import {
  createLocalDynamoDBClient,
  createMissingTables,
  startEmbeddedDynamoDB,
  type TableNames,
} from '../../dev/dynamodb.ts'

export interface TestTables extends TableNames {
  readonly client: DynamoDBClient
  readonly endpoint: string
  /** Names of the commands sent since the last call, in order. */
  takeCommands(): string[]
  /** From now on every command of this name fails. */
  breakCommand(name: string): void
  item(table: string, id: string): Promise<Record<string, AttributeValue> | undefined>
  items(table: string): Promise<Record<string, AttributeValue>[]>
}

let endpoint: Promise<string> | undefined

/** The engine of this test process: `AWS_ENDPOINT_URL_DYNAMODB` if it is set, else an embedded one. */
export function testDynamoDBEndpoint(): Promise<string> {
  endpoint ??= process.env.AWS_ENDPOINT_URL_DYNAMODB
    ? Promise.resolve(process.env.AWS_ENDPOINT_URL_DYNAMODB)
    : startEmbeddedDynamoDB().then(({ port }) => `http://127.0.0.1:${port}`)
  return endpoint
}

/** Empty tables of one test's own. */
export async function createTestTables(at?: string): Promise<TestTables> {
  const suffix = randomUUID()
  const tables = { loginTable: `Login-${suffix}`, sessionTable: `Session-${suffix}` }
  await createMissingTables(createLocalDynamoDBClient(await testDynamoDBEndpoint()), tables)
  return observed(tables, at ?? (await testDynamoDBEndpoint()))
}

/** An engine in a busy test process may be slow without being down. */
const PATIENT = {
  requestHandler: { connectionTimeout: 5000, requestTimeout: 5000, throwOnRequestTimeout: true },
}

function observed(tables: TableNames, at: string): TestTables {
  const client = createLocalDynamoDBClient(at, PATIENT)
  const unobserved = createLocalDynamoDBClient(at)
  let commands: string[] = []
  const broken = new Set<string>()
  client.middlewareStack.add(
    (next, context) => (args) => {
      const name = String(context.commandName).replace(/Command$/, '')
      commands.push(name)
      return broken.has(name) ? Promise.reject(new Error('out of order')) : next(args)
    },
    { step: 'initialize' },
  )
  return {
    ...tables,
    client,
    endpoint: at,
    takeCommands() {
      const taken = commands
      commands = []
      return taken
    },
    breakCommand: (name) => void broken.add(name),
    async item(table, id) {
      const command = new GetItemCommand({ TableName: table, Key: { id: { S: id } }, ConsistentRead: true })
      return (await unobserved.send(command)).Item
    },
    async items(table) {
      return (await unobserved.send(new ScanCommand({ TableName: table, ConsistentRead: true }))).Items ?? []
    },
  }
}
