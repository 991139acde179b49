import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { LOGIN_TABLE, SESSION_TABLE } from '../../functions/adapters/dynamodb/table-schema.ts'
import { CLONED_CONTEXT, REAL_SETTINGS } from './example-settings.ts'
import { resourcesOf, stackWith, templateWith } from './example-stack.ts'

const template = templateWith()

describe('the tables', () => {
  const tables = resourcesOf(template, 'AWS::DynamoDB::GlobalTable')

  it.each([
    ['login transactions', LOGIN_TABLE],
    ['sessions', SESSION_TABLE],
  ])('of %s have the key and the time to live of the schema [ST-11]', (_, schema) => {
    const matching = tables.filter(
      ({ Properties }) =>
        Properties.TimeToLiveSpecification.Enabled === true &&
        Properties.TimeToLiveSpecification.AttributeName === schema.timeToLive,
    )
    expect(matching).toHaveLength(1)
    expect(matching[0]?.Properties.KeySchema).toEqual([
      { AttributeName: schema.partitionKey, KeyType: 'HASH' },
    ])
  })

  it('are two, without an index', () => {
    expect(tables).toHaveLength(2)
    expect(JSON.stringify(tables)).not.toContain('SecondaryIndexes')
  })

  it('survive the stack and a slip of the hand', () => {
    for (const table of tables) {
      expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
      expect(table.Properties.Replicas).toMatchObject([{ DeletionProtectionEnabled: true }])
    }
  })

  it('keep no backup of sessions that have ended [ST-11]', () => {
    for (const table of tables) {
      expect(table.Properties.Replicas).toMatchObject([
        { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false } },
      ])
    }
  })

  it('keep the logical IDs by which CloudFormation knows them: another would be another table', () => {
    expect(Object.keys(template.findResources('AWS::DynamoDB::GlobalTable'))).toEqual([
      'LoginTransactionsF439395E',
      'Sessions8896A56D',
    ])
  })

  it('are paid by the request', () => {
    for (const table of tables) expect(table.Properties.BillingMode).toBe('PAY_PER_REQUEST')
  })
})

describe('each function', () => {
  it('runs on Node 24 and arm64, as long as the gateway waits', () => {
    template.resourceCountIs('AWS::Lambda::Function', 2)
    template.allResourcesProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 1024,
      Timeout: 29,
      Layers: Match.absent(),
    })
    template.allResourcesProperties('AWS::ApiGatewayV2::Integration', { TimeoutInMillis: 29_000 })
  })

  it('gets the settings that were given and the names of the tables, and no secret [ST-08]', () => {
    const stack = templateWith({ scope: 'openid email', upstreams: UPSTREAMS })
    const variables = {
      BFF_PUBLIC_ORIGIN: REAL_SETTINGS.publicOrigin,
      BFF_ISSUER: REAL_SETTINGS.issuer,
      BFF_CLIENT_ID: REAL_SETTINGS.clientId,
      BFF_CLIENT_SECRET_ARN: REAL_SETTINGS.clientSecretArn,
      BFF_SCOPE: 'openid email',
      BFF_UPSTREAMS: JSON.stringify(UPSTREAMS),
      BFF_LOGIN_TABLE: { Ref: expect.stringMatching(/^LoginTransactions/) },
      BFF_SESSION_TABLE: { Ref: expect.stringMatching(/^Sessions/) },
    }
    const indexSecretArn = { BFF_INDEX_SECRET_ARN: { Ref: expect.stringMatching(/^IndexSecret/) } }
    expect(variablesOf(stack, 'Auth')).toEqual({ ...variables, ...indexSecretArn })
    expect(variablesOf(stack, 'Api')).toEqual(variables)
  })
})

describe('the secret of the index', () => {
  it('is made by Secrets Manager, long enough, and outlives the stack as the rows do [ST-07] [ST-08]', () => {
    const secrets = resourcesOf(template, 'AWS::SecretsManager::Secret')
    expect(secrets).toEqual([
      {
        Type: 'AWS::SecretsManager::Secret',
        Properties: { GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true } },
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      },
    ])
  })
})

describe('the HTTP API', () => {
  it('hands everything under the base path to auth, under /api to api, and nothing else', () => {
    const toApi = [
      ['ANY /api', 'Api'],
      ['ANY /api/{proxy+}', 'Api'],
    ]
    expect(routesOf(template)).toEqual([['ANY /bff', 'Auth'], ['ANY /bff/{proxy+}', 'Auth'], ...toApi])
    expect(routesOf(templateWith({ basePath: '/shop/auth' }))).toEqual([
      ['ANY /shop/auth', 'Auth'],
      ['ANY /shop/auth/{proxy+}', 'Auth'],
      ...toApi,
    ])
  })

  it('sends events in payload format 2.0, from a stage that adds nothing to the path', () => {
    template.allResourcesProperties('AWS::ApiGatewayV2::Integration', { PayloadFormatVersion: '2.0' })
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1)
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', { StageName: '$default', AutoDeploy: true })
  })

  it('admits no other origin', () => {
    template.allResourcesProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() })
  })

  it('logs nothing that a caller sent [ST-08]', () => {
    const [stage] = resourcesOf(template, 'AWS::ApiGatewayV2::Stage')
    const fields = String(stage?.Properties.AccessLogSettings.Format).match(/\$context\.[\w.]+/g)
    expect(fields).toEqual([
      '$context.requestId',
      '$context.routeKey',
      '$context.status',
      '$context.responseLatency',
      '$context.integrationErrorMessage',
    ])
  })

  it('has its address in the outputs, which hold nothing else [ST-08]', () => {
    expect(Object.keys(template.findOutputs('*'))).toEqual(['ApiEndpoint'])
  })
})

describe('the stack', () => {
  it('fixes no physical name, so that it can be deployed twice in an account', () => {
    for (const [type, property] of NAMES) {
      template.allResourcesProperties(type, { [property]: Match.absent() })
    }
  })

  it('keeps logs for a limited time', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 })
  })

  it('warns as long as an example value remains', () => {
    const { issuer } = CLONED_CONTEXT
    const warning = Match.stringLikeRegexp('example values stand in the context for issuer\\.')
    Annotations.fromStack(stackWith({ issuer })).hasWarning('/ServerlessBff', warning)
    Annotations.fromStack(stackWith()).hasNoWarning('*', Match.anyValue())
  })
})

const NAMES = [
  ['AWS::DynamoDB::GlobalTable', 'TableName'],
  ['AWS::Lambda::Function', 'FunctionName'],
  ['AWS::IAM::Role', 'RoleName'],
  ['AWS::SecretsManager::Secret', 'Name'],
  ['AWS::Logs::LogGroup', 'LogGroupName'],
] as const

const UPSTREAMS = [{ name: 'orders', target: 'https://orders.acme.test/v1' }]

function variablesOf(from: Template, name: string) {
  const functions = Object.entries(from.findResources('AWS::Lambda::Function'))
  const [, found] = functions.find(([id]) => id.startsWith(`${name}Function`)) ?? []
  return found?.Properties.Environment.Variables
}

/** Every route, with the function that its integration calls. */
function routesOf(from: Template): [route: string, name: string | undefined][] {
  const integrations = from.findResources('AWS::ApiGatewayV2::Integration')
  return resourcesOf(from, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => {
    const [, target] = Properties.Target['Fn::Join'][1]
    const called: string = integrations[target.Ref]?.Properties.IntegrationUri['Fn::GetAtt'][0]
    return [Properties.RouteKey, /^(.+)Function/.exec(called)?.[1]]
  })
}
