import { App, Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { LambdaIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { describe, expect, it } from 'vitest'
import { BffAuthorizer } from '../../infra/bff-authorizer.ts'
import { REAL_SETTINGS } from './example-settings.ts'
import { resourcesOf, stackWith, templateWith } from './example-stack.ts'

/** A team's own stack beside that of the BFF, with one HTTP API and one REST API. */
function teamTemplate(): Template {
  const bff = stackWith()
  const team = new Stack(App.of(bff), 'Team')
  const authorizer = new BffAuthorizer(team, 'BffAuthorizer', bff.parts)
  const orders = LambdaFunction.fromFunctionName(team, 'Orders', 'orders')

  const forHttpApi = authorizer.forHttpApi()
  const httpApi = new HttpApi(team, 'HttpApi')
  for (const path of ['/orders', '/orders/{id}']) {
    httpApi.addRoutes({
      path,
      integration: new HttpLambdaIntegration('Orders', orders),
      authorizer: forHttpApi,
    })
  }

  const forRestApi = authorizer.forRestApi()
  const resource = new RestApi(team, 'RestApi').root.addResource('orders')
  for (const method of ['GET', 'POST']) {
    resource.addMethod(method, new LambdaIntegration(orders), { authorizer: forRestApi })
  }
  return Template.fromStack(team)
}

const template = teamTemplate()

describe('the authorizer of an HTTP API', () => {
  it('is asked about every call, whatever that carries, and remembers no answer', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 1)
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'REQUEST',
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: [],
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
    })
  })

  it('guards every route that was given it', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 2)
    template.allResourcesProperties('AWS::ApiGatewayV2::Route', {
      AuthorizationType: 'CUSTOM',
      AuthorizerId: { Ref: Match.stringLikeRegexp('^HttpApi') },
    })
  })
})

describe('the authorizer of a REST API', () => {
  it('is asked about every call, whatever that carries, and remembers no answer', () => {
    template.resourceCountIs('AWS::ApiGateway::Authorizer', 1)
    template.hasResourceProperties('AWS::ApiGateway::Authorizer', {
      Type: 'REQUEST',
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: '',
    })
  })

  it('guards every method that was given it', () => {
    template.resourceCountIs('AWS::ApiGateway::Method', 2)
    template.allResourcesProperties('AWS::ApiGateway::Method', {
      AuthorizationType: 'CUSTOM',
      AuthorizerId: { Ref: Match.stringLikeRegexp('^BffAuthorizerRestApi') },
    })
  })
})

describe('the function of the authorizer', () => {
  it('has as long as an HTTP API waits for it', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 10,
    })
  })

  it('has the settings and tables of the BFF, and no secret [ST-08]', () => {
    const [found] = resourcesOf(template, 'AWS::Lambda::Function')
    expect(found?.Properties.Environment.Variables).toEqual({
      BFF_PUBLIC_ORIGIN: REAL_SETTINGS.publicOrigin,
      BFF_ISSUER: REAL_SETTINGS.issuer,
      BFF_CLIENT_ID: REAL_SETTINGS.clientId,
      BFF_CLIENT_SECRET_ARN: REAL_SETTINGS.clientSecretArn,
      BFF_LOGIN_TABLE: expect.anything(),
      BFF_SESSION_TABLE: expect.anything(),
    })
  })

  it('may use sessions and read the client secret, and nothing else [ST-08]', () => {
    const [role] = resourcesOf(template, 'AWS::IAM::Role')
    const [policy] = role?.Properties.Policies ?? []
    expect(policy.PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
      expect.objectContaining({
        Action: 'secretsmanager:GetSecretValue',
        Resource: REAL_SETTINGS.clientSecretArn,
      }),
      expect.objectContaining({
        Action: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
        Resource: expect.objectContaining({ 'Fn::GetStackOutput': expect.anything() }),
      }),
    ])
  })

  it('may be called by the two authorizers, not by whoever knows its name', () => {
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').map(({ Properties }) => Properties)
    const ofAuthorizer = permissions.filter(({ FunctionName }) =>
      JSON.stringify(FunctionName).includes('BffAuthorizer'),
    )
    expect(ofAuthorizer.map(({ Principal }) => Principal)).toEqual(Array(2).fill('apigateway.amazonaws.com'))
    for (const { SourceArn } of ofAuthorizer) expect(JSON.stringify(SourceArn)).toContain('/authorizers/')
  })
})

describe('the stack of the BFF', () => {
  it('has no authorizer: its own functions look sessions up themselves', () => {
    templateWith().resourceCountIs('AWS::ApiGatewayV2::Authorizer', 0)
  })
})
