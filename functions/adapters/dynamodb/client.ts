import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { causeOf, type StoreUnavailable } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'

const CONNECTION_MILLISECONDS = 500
const REQUEST_MILLISECONDS = 1000
const ATTEMPTS = 3

/** The longest that one statement may take, its retries and the waits between them included. */
export const STORE_MILLISECONDS = ATTEMPTS * (CONNECTION_MILLISECONDS + REQUEST_MILLISECONDS) + 500

/**
 * Region, credentials and endpoint come from the SDK's own environment variables.
 * @param local for a DynamoDB on this machine.
 */
export function createDynamoDBClient(local: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECTION_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      socketTimeout: REQUEST_MILLISECONDS,
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
): Promise<Result<T, StoreUnavailable>> {
  try {
    return ok(await statement({ abortSignal: AbortSignal.timeout(STORE_MILLISECONDS) }))
  } catch (error) {
    return fail({ code: 'session-unavailable', cause: causeOf(nameOf(error)) })
  }
}

/** Runs a conditional write: `false` if the condition did not hold. */
export async function attemptConditionally<T>(
  statement: (options: SendOptions) => Promise<T>,
): Promise<Result<T | false, StoreUnavailable>> {
  return attempt(async (options) => {
    try {
      return await statement(options)
    } catch (error) {
      if (nameOf(error) === 'ConditionalCheckFailedException') return false
      throw error
    }
  })
}

/** A connection that is refused is an `Error` of no name of its own, with a code. */
function nameOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined
  return error.name === 'Error' && 'code' in error ? error.code : error.name
}
