import { createLocalDynamoDBClient } from '../../dev/dynamodb.ts'
import { createLoginTransactionStore } from '../../functions/adapters/dynamodb/login-transaction-store.ts'
import { createLogoutTokenStore } from '../../functions/adapters/dynamodb/logout-token-store.ts'
import { createSessionIndex } from '../../functions/adapters/dynamodb/session-index.ts'
import { createSessionStore } from '../../functions/adapters/dynamodb/session-store.ts'
import { createTestTables } from '../support/dynamodb.ts'
import { loginTransactionStoreContract } from './login-transaction-store.contract.ts'
import { logoutTokenStoreContract } from './logout-token-store.contract.ts'
import { refreshLeaseContract } from './refresh-lease.contract.ts'
import { sessionIndexContract } from './session-index.contract.ts'
import { sessionStoreContract } from './session-store.contract.ts'

loginTransactionStoreContract('DynamoDB', async () => {
  const { endpoint, loginTable } = await createTestTables()
  return () => createLoginTransactionStore(createLocalDynamoDBClient(endpoint), loginTable)
})

for (const contract of [sessionStoreContract, refreshLeaseContract]) {
  contract('DynamoDB', async () => {
    const { endpoint, sessionTable } = await createTestTables()
    return () => createSessionStore(createLocalDynamoDBClient(endpoint), sessionTable)
  })
}

sessionIndexContract('DynamoDB', async () => {
  const { endpoint, sessionTable } = await createTestTables()
  const secret = async () => 'the index secret of this test'
  return (clock) => createSessionIndex(createLocalDynamoDBClient(endpoint), sessionTable, secret, clock)
})

logoutTokenStoreContract('DynamoDB', async () => {
  const { endpoint, loginTable } = await createTestTables()
  return () => createLogoutTokenStore(createLocalDynamoDBClient(endpoint), loginTable)
})
