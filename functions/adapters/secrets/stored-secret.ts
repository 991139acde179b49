import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Clock } from '../../flows/ports.ts'

const CACHE_SECONDS = 300
/** Retry included; the SDK's own time-outs end when the first byte of an answer has come. */
const LONGEST_READ_MILLISECONDS = 4000

/**
 * Secrets from Secrets Manager by ARN, over one client, each kept for at most 5 minutes. Who asks for one while it is
 * being read waits for that read.
 * @throws SecretUnavailable, which names no secret and no request.
 */
export function createStoredSecrets(clock: Clock): (secretArn: string) => () => Promise<string> {
  let client: SecretsManagerClient | undefined
  return (secretArn) => {
    client ??= createClient()
    return keptSecret(read.bind(undefined, client, secretArn), clock)
  }
}

function createClient(): SecretsManagerClient {
  return new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1500, throwOnRequestTimeout: true },
  })
}

function keptSecret(readAnew: () => Promise<string>, clock: Clock): () => Promise<string> {
  let known: { readonly value: string; readonly until: number } | undefined
  let underWay: Promise<string> | undefined

  async function renew(): Promise<string> {
    try {
      const value = await readAnew()
      known = { value, until: clock.now() + CACHE_SECONDS }
      return value
    } finally {
      underWay = undefined
    }
  }

  return async () => {
    if (known !== undefined && clock.now() < known.until) return known.value
    underWay ??= renew()
    return underWay
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
