import type { Duration } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { type BundlingOptions, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { LOGIN_TABLE_ACTIONS, SESSION_TABLE_ACTIONS } from '../functions/adapters/dynamodb/table-schema.ts'
import { AUTH_BUNDLE_OPTIONS, AUTH_ENTRY, LOCK_FILE } from './bundling/auth-bundle.ts'
import type { DeployableSettings } from './deployable-settings.ts'
import type { ExpiringTable } from './expiring-table.ts'

export interface AuthFunctionProps {
  readonly settings: DeployableSettings
  readonly loginTable: ExpiringTable
  readonly sessionTable: ExpiringTable
  readonly timeout: Duration
}

/** The `auth` function, with a role that may do what the function does and nothing else. */
export class AuthFunction extends Construct {
  readonly function: IFunction

  constructor(scope: Construct, id: string, props: AuthFunctionProps) {
    super(scope, id)
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH })
    this.function = new NodejsFunction(this, 'Function', {
      entry: AUTH_ENTRY,
      depsLockFilePath: LOCK_FILE,
      bundling: BUNDLING,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 1024,
      timeout: props.timeout,
      logGroup,
      role: this.role(props, logGroup),
      environment: {
        ...props.settings.variables,
        BFF_LOGIN_TABLE: props.loginTable.tableName,
        BFF_SESSION_TABLE: props.sessionTable.tableName,
      },
    })
  }

  private role({ settings, loginTable, sessionTable }: AuthFunctionProps, logGroup: ILogGroup): Role {
    const clientSecret = Secret.fromSecretCompleteArn(this, 'ClientSecret', settings.clientSecretArn)
    const statements = [
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn),
      allow(LOGIN_TABLE_ACTIONS, loginTable.tableArn),
      allow(SESSION_TABLE_ACTIONS, sessionTable.tableArn),
      allow(['secretsmanager:GetSecretValue'], clientSecret.secretArn),
    ]
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Auth: new PolicyDocument({ statements }) },
    })
  }
}

function allow(actions: readonly string[], resource: string): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [resource] })
}

const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: AUTH_BUNDLE_OPTIONS.target,
  minify: AUTH_BUNDLE_OPTIONS.minify,
  mainFields: AUTH_BUNDLE_OPTIONS.mainFields,
  bundleAwsSDK: true,
  esbuildArgs: {
    '--alias': Object.entries(AUTH_BUNDLE_OPTIONS.alias).map(([name, file]) => `${name}=${file}`),
  },
}
