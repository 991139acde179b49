import { isDeepStrictEqual } from 'node:util'
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import type { Statement } from '../support/memory-dynamodb.ts'
import type { Invariant } from './invariants.ts'
import { type StatementName, statementName } from './statement-name.ts'

/** A guard in the stores' statements, and what comes of it if it is not there. */
export interface Guard {
  readonly name: string
  readonly statement: StatementName
  readonly violates: Invariant
  /** The beginning of the name of the scenario that shows it. */
  readonly scenario: string
  /** What the statement says instead. */
  readonly takeOut: (expressions: Expressions) => Expressions
}

type Expressions = Pick<
  UpdateItemCommandInput,
  'ConditionExpression' | 'UpdateExpression' | 'ExpressionAttributeValues'
>

const unconditionally = (): Expressions => ({ ConditionExpression: undefined })
const ifThere = (): Expressions => ({ ConditionExpression: 'attribute_exists(id)' })
const condition =
  (part: RegExp, by = '') =>
  ({ ConditionExpression }: Expressions): Expressions => ({
    ConditionExpression: ConditionExpression?.replace(part, by),
  })

export const GUARDS: readonly Guard[] = [
  {
    name: 'the version that tokens are written over',
    statement: 'writes the tokens of',
    violates: 'kept-tokens',
    scenario: 'refresh × refresh × API call',
    takeOut: ifThere,
  },
  {
    name: 'that tokens are written into a session that is there',
    statement: 'writes the tokens of',
    violates: 'no-return',
    scenario: 'refresh × refresh × logout',
    takeOut: unconditionally,
  },
  {
    name: 'the version that a refusal of the server removes',
    statement: 'removes this version of',
    violates: 'allowed-ends',
    scenario: 'refresh × refresh × API call',
    takeOut: unconditionally,
  },
  {
    name: 'the version that is leased',
    statement: 'takes the lease of',
    violates: 'refreshed-once',
    scenario: 'refresh × refresh × API call',
    takeOut: condition(/version = :version/, 'attribute_exists(id)'),
  },
  {
    name: 'that a session is leased that is there',
    statement: 'takes the lease of',
    violates: 'no-return',
    scenario: 'refresh × refresh × logout',
    takeOut: condition(/^version = :version AND /),
  },
  {
    name: 'that a lease is free',
    statement: 'takes the lease of',
    violates: 'used-once',
    scenario: 'refresh × refresh × API call',
    takeOut: condition(/ AND \(.*$/),
  },
  {
    name: 'that a lease is taken again by whoever took it',
    statement: 'takes the lease of',
    violates: 'no-needless-failure',
    scenario: 'refresh × refresh × API call',
    takeOut: condition(/ OR leaseOwner = :owner/),
  },
  {
    name: 'the owner of a lease that is released',
    statement: 'releases the lease of',
    violates: 'own-lease',
    scenario: 'refresh × refresh × API call',
    takeOut: ifThere,
  },
  {
    name: 'that the idle expiry is moved of a session that is there',
    statement: 'moves the idle expiry of',
    violates: 'no-return',
    scenario: 'refresh × refresh × logout',
    takeOut: unconditionally,
  },
  {
    name: 'the mark of a logout, where a login is added to the index',
    statement: 'adds to',
    violates: 'logout-wins',
    scenario: 'login × back-channel logout by sub',
    takeOut: unconditionally,
  },
  {
    name: 'that the mark of a logout is never set back',
    statement: 'ends',
    violates: 'logout-wins',
    scenario: 'login × two back-channel logouts',
    takeOut: unconditionally,
  },
  {
    name: 'that a logout token is pending until its work is done',
    statement: 'notes the arrival of',
    violates: 'logout-wins',
    scenario: 'login × back-channel logout by sub',
    takeOut: ({ ExpressionAttributeValues }) => ({
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ':pending': { S: 'done' } },
    }),
  },
  {
    name: 'that a logout token counts as of its first arrival',
    statement: 'notes the arrival of',
    violates: 'allowed-ends',
    scenario: 'login × back-channel logout by sub',
    takeOut: ({ UpdateExpression }) => ({
      UpdateExpression: UpdateExpression?.replace('if_not_exists(arrivedAt, :arrivedAt)', ':arrivedAt'),
    }),
  },
  {
    name: 'that tokens are written again by whoever wrote them',
    statement: 'writes the tokens of',
    violates: 'no-needless-failure',
    scenario: 'refresh × refresh × API call',
    takeOut: condition(/ OR \(version = :next.*$/),
  },
  {
    name: 'that tokens are not written again once the next one has the lease',
    statement: 'writes the tokens of',
    violates: 'own-lease',
    scenario: 'refresh × rejected token',
    takeOut: condition(/ AND attribute_not_exists\(leaseOwner\).*(?=\))/),
  },
  {
    name: 'that a session is created again by whoever created it',
    statement: 'creates',
    violates: 'no-needless-failure',
    scenario: 'login × back-channel logout by sub',
    takeOut: condition(/ OR \(writtenBy = :attempt.*$/),
  },
]

/** Takes the guard out of every statement that has it. */
export function without({ name, statement: guarded, takeOut }: Guard): (statement: Statement) => Statement {
  return (statement) => {
    if (statementName(statement) !== guarded || statement instanceof GetItemCommand) return statement
    const { input } = statement
    const changed = { ...input, ...takeOut(input) }
    if (isDeepStrictEqual(changed, input)) throw new Error(`This guard is not there to be taken out: ${name}`)
    if (statement instanceof PutItemCommand) return new PutItemCommand({ ...statement.input, ...changed })
    if (statement instanceof DeleteItemCommand)
      return new DeleteItemCommand({ ...statement.input, ...changed })
    return new UpdateItemCommand({ ...statement.input, ...changed })
  }
}
