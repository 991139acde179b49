import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'

/** A table whose rows DynamoDB deletes some time after they expired. */
export class ExpiringTable extends TableV2 {
  constructor(scope: Construct, id: string, schema: { partitionKey: string; timeToLive: string }) {
    super(scope, id, {
      partitionKey: { name: schema.partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: schema.timeToLive,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      // A backup would keep the tokens of sessions that have ended, and a lost table costs only new logins.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: false },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }
}
