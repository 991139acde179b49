import { describe, expect, it } from 'vitest'
import { REAL_SETTINGS } from './example-settings.ts'
import { resourcesOf, templateWith } from './example-stack.ts'

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource?: unknown
}

const template = templateWith()
const statements = statementsIn(template.toJSON())
const permissions = statements.filter((statement) => 'Resource' in statement)

describe('the permissions of the stack [ST-08]', () => {
  it('are these and no others', () => {
    expect(permissions.map(({ Action, Resource }) => [[Action].flat().sort(), Resource])).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], arnOf(/^AuthLog/)],
      [['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], arnOf(/^LoginTransactions/)],
      [
        ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        arnOf(/^Sessions/),
      ],
      [['secretsmanager:GetSecretValue'], REAL_SETTINGS.clientSecretArn],
    ])
  })

  it('have no wildcard', () => {
    expect(JSON.stringify(statements)).not.toMatch(/[*?]/)
  })

  it('include no read of more than one row', () => {
    expect(JSON.stringify(permissions)).not.toMatch(/dynamodb:\w*(?:Scan|Query|Batch|PartiQL)/)
  })

  it('come from no managed policy and belong to one role, which only Lambda may take', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role')
    expect(roles).toHaveLength(1)
    expect(roles[0]?.Properties).not.toHaveProperty('ManagedPolicyArns')
    expect(roles[0]?.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
    ])
    template.resourceCountIs('AWS::IAM::Policy', 0)
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 0)
  })

  it('let only the routes of this API call the function', () => {
    const callers = resourcesOf(template, 'AWS::Lambda::Permission').map(({ Properties }) => Properties)
    expect(callers.map(({ Principal }) => Principal)).toEqual(Array(2).fill('apigateway.amazonaws.com'))
    expect(callers.map(({ SourceArn }) => SourceArn['Fn::Join'][1].slice(-2))).toEqual([
      [{ Ref: expect.stringMatching(/^HttpApi/) }, '/*/*/bff'],
      [{ Ref: expect.stringMatching(/^HttpApi/) }, '/*/*/bff/{proxy+}'],
    ])
  })
})

/** Every statement of every policy, wherever in the template it stands. */
function statementsIn(value: unknown): Statement[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'Statement' in value ? (value.Statement as Statement[]) : []
  return [...own, ...Object.values(value).flatMap(statementsIn)]
}

function arnOf(logicalId: RegExp) {
  return { 'Fn::GetAtt': [expect.stringMatching(logicalId), 'Arn'] }
}
