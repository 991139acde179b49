import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Statement } from '../support/memory-dynamodb.ts'

/** By what an update sets out with. */
const UPDATES = [
  [/^SET refreshLeaseUntil/, 'takes the lease of'],
  [/^SET sealed/, 'writes the tokens of'],
  [/^SET refreshNotBefore/, 'releases the lease of'],
  [/^SET idleExpiresAt/, 'moves the idle expiry of'],
  [/^SET progress = if_not_exists/, 'notes the arrival of'],
  [/^SET progress/, 'notes as done'],
  [/ADD sessions/, 'adds to'],
  [/^SET endedAt/, 'ends'],
  [/^DELETE sessions/, 'forgets in'],
  [/^SET expiresAt/, 'tidies'],
] as const

export type StatementName =
  | (typeof UPDATES)[number][1]
  | 'reads'
  | 'creates'
  | 'removes'
  | 'removes this version of'

export function isRead(statement: Statement): statement is GetItemCommand {
  return statement instanceof GetItemCommand
}

export function rowOf({ input }: Statement): string {
  return String('Item' in input ? input.Item?.id?.S : (input as GetItemCommand['input']).Key?.id?.S)
}

/** What a statement does, for a trace. */
export function statementName(statement: Statement): StatementName {
  if (statement instanceof GetItemCommand) return 'reads'
  if (statement instanceof PutItemCommand) return 'creates'
  if (statement instanceof DeleteItemCommand)
    return statement.input.ConditionExpression === undefined ? 'removes' : 'removes this version of'
  const { UpdateExpression = '' } = statement.input
  const known = UPDATES.find(([form]) => form.test(UpdateExpression))
  if (known === undefined) throw new Error(`A statement without a name: ${UpdateExpression}`)
  return known[1]
}
