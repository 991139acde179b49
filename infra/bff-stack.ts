import { Annotations, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { LOGIN_TABLE, SESSION_TABLE } from '../functions/adapters/dynamodb/table-schema.ts'
import { AuthFunction } from './auth-function.ts'
import type { DeployableSettings } from './deployable-settings.ts'
import { ExpiringTable } from './expiring-table.ts'
import { BffHttpApi } from './http-api.ts'

export interface BffStackProps extends StackProps {
  readonly settings: DeployableSettings
}

/** An HTTP API waits 30 seconds, and CDK lets it wait 29. The function learns from its own time-out when it must be done. */
const TIMEOUT = Duration.seconds(29)

/** A browser's requests go through the HTTP API to the `auth` function, which alone uses the two tables. */
export class BffStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: BffStackProps) {
    super(scope, id, props)
    const loginTable = new ExpiringTable(this, 'LoginTransactions', LOGIN_TABLE)
    const sessionTable = new ExpiringTable(this, 'Sessions', SESSION_TABLE)
    const auth = new AuthFunction(this, 'Auth', { settings, loginTable, sessionTable, timeout: TIMEOUT })
    const api = new BffHttpApi(this, 'HttpApi', {
      basePath: settings.basePath,
      auth: auth.function,
      timeout: TIMEOUT,
    })
    new CfnOutput(this, 'ApiEndpoint', { value: api.apiEndpoint })
    if (settings.examples.length > 0) this.warnOfExamples(settings.examples)
  }

  private warnOfExamples(keys: readonly string[]) {
    Annotations.of(this).addWarningV2(
      'serverless-bff:example-settings',
      `Nobody can sign in yet: example values stand in the context for ${keys.join(', ')}.`,
    )
  }
}
