import { Annotations, CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import {
  LOGIN_TABLE,
  LOGIN_TABLE_ACTIONS,
  OPEN_SESSION_ACTIONS,
  SESSION_TABLE,
} from '../functions/adapters/dynamodb/table-schema.ts'
import { allow, allowSessions, BffFunction, type BffParts, READ_SECRET_ACTIONS } from './bff-function.ts'
import type { DeployableSettings } from './deployable-settings.ts'
import { ExpiringTable } from './expiring-table.ts'
import { BffHttpApi } from './http-api.ts'

export interface BffStackProps extends StackProps {
  readonly settings: DeployableSettings
}

/** An HTTP API waits 30 seconds, and CDK lets it wait 29. A function learns from its own time-out when it must be done. */
const TIMEOUT = Duration.seconds(29)

/**
 * A browser's requests go through the HTTP API to one of two functions: `auth` opens and ends sessions, `api` uses them.
 * Nobody else touches the tables, and login transactions are the business of `auth` alone.
 */
export class BffStack extends Stack {
  /** For a `BffAuthorizer` in front of APIs of the team's own. */
  readonly parts: BffParts

  constructor(scope: Construct, id: string, { settings, ...props }: BffStackProps) {
    super(scope, id, props)
    const loginTable = new ExpiringTable(this, 'LoginTransactions', LOGIN_TABLE)
    const sessionTable = new ExpiringTable(this, 'Sessions', SESSION_TABLE)
    const indexSecret = this.indexSecret()
    this.parts = { settings, loginTable, sessionTable }
    const auth = new BffFunction(this, 'Auth', {
      name: 'auth',
      parts: this.parts,
      timeout: TIMEOUT,
      environment: { BFF_INDEX_SECRET_ARN: indexSecret.secretArn },
      permissions: [
        allow(LOGIN_TABLE_ACTIONS, loginTable.tableArn),
        allow(OPEN_SESSION_ACTIONS, sessionTable.tableArn),
        allow(READ_SECRET_ACTIONS, indexSecret.secretArn),
      ],
    })
    const api = new BffFunction(this, 'Api', {
      name: 'api',
      parts: this.parts,
      timeout: TIMEOUT,
      permissions: [allowSessions(sessionTable)],
    })
    const { apiEndpoint } = new BffHttpApi(this, 'HttpApi', {
      basePath: settings.basePath,
      auth: auth.function,
      api: api.function,
      timeout: TIMEOUT,
    })
    new CfnOutput(this, 'ApiEndpoint', { value: apiEndpoint })
    if (settings.examples.length > 0) this.warnOfExamples(settings.examples)
  }

  /** Keeps subjects unreadable in the sessions table, whose rows outlive the stack too. */
  private indexSecret(): Secret {
    return new Secret(this, 'IndexSecret', {
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }

  private warnOfExamples(keys: readonly string[]) {
    Annotations.of(this).addWarningV2(
      'serverless-bff:example-settings',
      `Nobody can sign in yet: example values stand in the context for ${keys.join(', ')}.`,
    )
  }
}
