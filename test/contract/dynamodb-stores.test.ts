import { createLocalDynamoDBClient } from '../../dev/dynamodb.ts'
import { createLoginTransactionStore } from '../../functions/adapters/dynamodb/login-transaction-store.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import { createTestTables } from '../support/dynamodb.ts'
import { loginTransactionStoreContract } from './login-transaction-store.contract.ts'
import { sessionStoreContract } from './session-store.contract.ts'

loginTransactionStoreContract('DynamoDB', async () => {
  const { endpoint, loginTable } = await createTestTables()
  return () => createLoginTransactionStore(createLocalDynamoDBClient(endpoint), loginTable)
})

sessionStoreContract('DynamoDB', async () => {
  const { endpoint, sessionTable } = await createTestTables()
  return () => createSessionStore(createLocalDynamoDBClient(endpoint), sessionTable)
})
