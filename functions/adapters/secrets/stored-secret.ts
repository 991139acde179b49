import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Clock } from '../../flows/ports.ts'

const CACHE_SECONDS = 300
/** Retry included; the SDK's own time-outs end when the first byte of an answer has come. */
const LONGEST_READ_MILLISECONDS = 4000

/**
 * A secret from Secrets Manager, kept for at most 5 minutes.
 * @throws SecretUnavailable, which names no secret and no request.
 */
export function createStoredSecret(secretArn: string, clock: Clock): () => Promise<string> {
  const client = new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1500, throwOnRequestTimeout: true },
  })
  let known: { readonly value: string; readonly until: number } | undefined
  return async () => {
    if (known === undefined || clock.now() >= known.until) {
      known = { value: await read(client, secretArn), until: clock.now() + CACHE_SECONDS }
    }
    return known.value
  }
}

export class SecretUnavailable extends Error {
  override readonly name = 'SecretUnavailable'
}

async function read(client: SecretsManagerClient, secretArn: string): Promise<string> {
  const abortSignal = AbortSignal.timeout(LONGEST_READ_MILLISECONDS)
  const command = new GetSecretValueCommand({ SecretId: secretArn })
  const answer = await client.send(command, { abortSignal }).catch(() => undefined)
  if (!answer?.SecretString) throw new SecretUnavailable('The secret could not be read.')
  return answer.SecretString
}
