import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { causeOf, type StoreUnavailable } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'

/** How long a statement is tried. */
export interface StorePace {
  readonly attempts: number
  readonly connectionMilliseconds: number
  readonly requestMilliseconds: number
}

export const USUAL_PACE: StorePace = { attempts: 3, connectionMilliseconds: 500, requestMilliseconds: 1000 }

/** The longest that one statement may take, its retries and the waits between them included. */
export function longestStatement({
  attempts,
  connectionMilliseconds,
  requestMilliseconds,
}: StorePace): number {
  return attempts * (connectionMilliseconds + requestMilliseconds) + 500
}

export const STORE_MILLISECONDS = longestStatement(USUAL_PACE)

/**
 * Region, credentials and endpoint come from the SDK's own environment variables.
 * @param local for a DynamoDB on this machine.
 */
export function createDynamoDBClient(
  local: DynamoDBClientConfig = {},
  { attempts, connectionMilliseconds, requestMilliseconds }: StorePace = USUAL_PACE,
): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: connectionMilliseconds,
      requestTimeout: requestMilliseconds,
      socketTimeout: requestMilliseconds,
      throwOnRequestTimeout: true,
    },
    ...local,
  })
}

/** How a statement is sent: the SDK's own time-outs end when the first byte of an answer has come. */
export interface SendOptions {
  readonly abortSignal: AbortSignal
}

/** Runs a statement. Whatever the SDK throws becomes its bare name: its errors carry items and requests. */
export async function attempt<T>(
  statement: (options: SendOptions) => Promise<T>,
  milliseconds = STORE_MILLISECONDS,
): Promise<Result<T, StoreUnavailable>> {
  try {
    return ok(await statement({ abortSignal: AbortSignal.timeout(milliseconds) }))
  } catch (error) {
    return fail({ code: 'session-unavailable', cause: causeOf(nameOf(error)) })
  }
}

/** Runs a conditional write: `false` if the condition did not hold. */
export async function attemptConditionally<T>(
  statement: (options: SendOptions) => Promise<T>,
  milliseconds = STORE_MILLISECONDS,
): Promise<Result<T | false, StoreUnavailable>> {
  return attempt(async (options) => {
    try {
      return await statement(options)
    } catch (error) {
      if (nameOf(error) === 'ConditionalCheckFailedException') return false
      throw error
    }
  }, milliseconds)
}

/** A connection that is refused is an `Error` of no name of its own, with a code. */
function nameOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined
  return error.name === 'Error' && 'code' in error ? error.code : error.name
}
