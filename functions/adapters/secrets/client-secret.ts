import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Clock } from '../../flows/ports.ts'

const CACHE_SECONDS = 300

/**
 * The client secret from Secrets Manager, kept for at most 5 minutes.
 * @throws SecretUnavailable, which names no secret and no request.
 */
export function createStoredClientSecret(secretArn: string, clock: Clock): () => Promise<string> {
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
  const answer = await client.send(new GetSecretValueCommand({ SecretId: secretArn })).catch(() => undefined)
  if (!answer?.SecretString) throw new SecretUnavailable('The client secret could not be read.')
  return answer.SecretString
}
