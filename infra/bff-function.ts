import type { Duration } from 'aws-cdk-lib'
import type { ITable } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { type BundlingOptions, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { INDEX_ROWS, USE_SESSION_ACTIONS } from '../functions/adapters/dynamodb/table-schema.ts'
import { BUNDLE_OPTIONS, ENTRIES, type FunctionName, LOCK_FILE } from './bundling/function-bundle.ts'
import type { DeployableSettings } from './deployable-settings.ts'

export type BffTable = Pick<ITable, 'tableArn' | 'tableName'>

/** What all functions of one deployment share. */
export interface BffParts {
  readonly settings: DeployableSettings
  readonly loginTable: BffTable
  readonly sessionTable: BffTable
}

export interface BffFunctionProps {
  readonly name: FunctionName
  readonly parts: BffParts
  readonly timeout: Duration
  /** What it may do beside writing its log and reading the client secret. */
  readonly permissions: readonly PolicyStatement[]
  /** Settings of this function alone. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A function of the BFF, with a role that may do what the function does and nothing else. */
export class BffFunction extends Construct {
  readonly function: IFunction

  constructor(scope: Construct, id: string, props: BffFunctionProps) {
    super(scope, id)
    const { name, parts, timeout, environment } = props
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH })
    this.function = new NodejsFunction(this, 'Function', {
      entry: ENTRIES[name],
      depsLockFilePath: LOCK_FILE,
      bundling: BUNDLING,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 1024,
      timeout,
      logGroup,
      role: this.role(props, logGroup),
      environment: {
        ...parts.settings.variables,
        BFF_LOGIN_TABLE: parts.loginTable.tableName,
        BFF_SESSION_TABLE: parts.sessionTable.tableName,
        ...environment,
      },
    })
  }

  private role({ parts, permissions }: BffFunctionProps, logGroup: ILogGroup): Role {
    const statements = [
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn),
      allow(READ_SECRET_ACTIONS, parts.settings.clientSecretArn),
      ...permissions,
    ]
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Permissions: new PolicyDocument({ statements }) },
    })
  }
}

export const READ_SECRET_ACTIONS = ['secretsmanager:GetSecretValue']

export function allow(actions: readonly string[], resource: string): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [resource] })
}

/** To use sessions, and nothing in the rows by which a logout finds them. */
export function allowSessions({ tableArn }: BffTable): PolicyStatement {
  const statement = allow(USE_SESSION_ACTIONS, tableArn)
  statement.addCondition('ForAllValues:StringNotLike', { 'dynamodb:LeadingKeys': INDEX_ROWS })
  return statement
}

const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: BUNDLE_OPTIONS.target,
  minify: BUNDLE_OPTIONS.minify,
  mainFields: BUNDLE_OPTIONS.mainFields,
  bundleAwsSDK: true,
  esbuildArgs: {
    '--alias': Object.entries(BUNDLE_OPTIONS.alias).map(([name, file]) => `${name}=${file}`),
  },
}
