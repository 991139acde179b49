import { describe, expect, it } from 'vitest'
import { REAL_SETTINGS } from './example-settings.ts'
import { resourcesOf, templateWith } from './example-stack.ts'

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource?: unknown
  readonly Condition?: unknown
}

const template = templateWith()
const statements = statementsIn(template.toJSON())
const permissions = statements.filter((statement) => 'Resource' in statement)

describe('the permissions of the stack [ST-08]', () => {
  it('of auth are these and no others', () => {
    expect(permissionsOf('Auth')).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], arnOf(/^AuthLog/)],
      [
        ['secretsmanager:GetSecretValue'],
        [REAL_SETTINGS.clientSecretArn, { Ref: expect.stringMatching(/^IndexSecret/) }],
      ],
      [['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], arnOf(/^LoginTransactions/)],
      [
        ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        arnOf(/^Sessions/),
      ],
    ])
  })

  it('of api are fewer: it makes no session, and has no business with logins and the index', () => {
    expect(permissionsOf('Api')).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], arnOf(/^ApiLog/)],
      [['secretsmanager:GetSecretValue'], REAL_SETTINGS.clientSecretArn],
      [['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'], arnOf(/^Sessions/)],
    ])
  })

  it('have no wildcard but in what api is kept from: the rows by which a logout finds sessions', () => {
    const conditions = statements.filter((statement) => statement.Condition !== undefined)
    expect(conditions.map(({ Condition }) => Condition)).toEqual([
      { 'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': ['sub:*', 'sid:*'] } },
    ])
    expect(JSON.stringify(statements.map(({ Condition, ...rest }) => rest))).not.toMatch(/[*?]/)
  })

  it('include no read of more than one row', () => {
    expect(JSON.stringify(permissions)).not.toMatch(/dynamodb:\w*(?:Scan|Query|Batch|PartiQL)/)
  })

  it('come from no managed policy and belong to a role of each function, which only Lambda may take', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role')
    expect(roles).toHaveLength(2)
    for (const { Properties } of roles) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns')
      expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ])
    }
    template.resourceCountIs('AWS::IAM::Policy', 0)
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 0)
  })

  it('let only the routes of this API call a function, each its own', () => {
    const callers = resourcesOf(template, 'AWS::Lambda::Permission').map(({ Properties }) => Properties)
    expect(callers.map(({ Principal }) => Principal)).toEqual(Array(4).fill('apigateway.amazonaws.com'))
    const routes = callers.map(({ FunctionName, SourceArn }) => [
      FunctionName,
      ...SourceArn['Fn::Join'][1].slice(-2),
    ])
    const api = { Ref: expect.stringMatching(/^HttpApi/) }
    expect(routes).toEqual([
      [arnOf(/^AuthFunction/), api, '/*/*/bff'],
      [arnOf(/^AuthFunction/), api, '/*/*/bff/{proxy+}'],
      [arnOf(/^ApiFunction/), api, '/*/*/api'],
      [arnOf(/^ApiFunction/), api, '/*/*/api/{proxy+}'],
    ])
  })
})

/** Actions and resources that the role of a function allows. */
function permissionsOf(name: string) {
  const roles = Object.entries(template.findResources('AWS::IAM::Role'))
  const [, role] = roles.find(([id]) => id.startsWith(`${name}Role`)) ?? []
  return statementsIn(role?.Properties.Policies).map(({ Action, Resource }) => [
    [Action].flat().sort(),
    Resource,
  ])
}

/** Every statement of every policy, wherever in the template it stands. */
function statementsIn(value: unknown): Statement[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'Statement' in value ? (value.Statement as Statement[]) : []
  return [...own, ...Object.values(value).flatMap(statementsIn)]
}

function arnOf(logicalId: RegExp) {
  return { 'Fn::GetAtt': [expect.stringMatching(logicalId), 'Arn'] }
}
