import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createStoredSecrets } from '../../functions/adapters/secrets/stored-secret.ts'
import { logIn, startBff } from '../support/bff.ts'
import { testClock } from '../support/clock.ts'
import { SECRET_ARN } from '../support/environment.ts'
import { CLIENT } from '../support/scripted-authorization-server.ts'
import { type LocalSecretsManager, startLocalSecretsManager } from '../support/secrets-manager.ts'
import { witnessSecrets } from '../support/witness.ts'

const FIRST = 'the client secret of this month'
const SECOND = 'the client secret after its rotation'
/** Five minutes: as long as a secret that was rotated may still be used. */
const KEPT_SECONDS = 300

let manager: LocalSecretsManager
beforeAll(async () => {
  manager = await startLocalSecretsManager()
  witnessSecrets([FIRST, SECOND])
})
afterAll(() => manager.stop())

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', manager.endpoint)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local')
  manager.answer = { SecretString: FIRST }
  manager.takeRequests()
})
afterEach(() => vi.unstubAllEnvs())

function aStoredSecret() {
  const clock = testClock()
  return { clock, clientSecret: createStoredSecrets(clock)(SECRET_ARN) }
}

describe('the stored client secret', () => {
  it('is read by its ARN when it is first needed, and not before [ST-08]', async () => {
    const { clientSecret } = aStoredSecret()
    expect(manager.takeRequests()).toEqual([])
    expect(await clientSecret()).toBe(FIRST)
    expect(manager.takeRequests()).toEqual([SECRET_ARN])
  })

  it('is kept for five minutes and no longer, so that a rotation is noticed [ST-08]', async () => {
    const { clock, clientSecret } = aStoredSecret()
    await clientSecret()
    manager.answer = { SecretString: SECOND }
    clock.advance(KEPT_SECONDS - 1)
    expect(await clientSecret()).toBe(FIRST)
    expect(manager.takeRequests()).toEqual([SECRET_ARN])
    clock.advance(1)
    expect(await clientSecret()).toBe(SECOND)
    expect(manager.takeRequests()).toEqual([SECRET_ARN])
  })

  it('is read once for all who ask for it at the same time', async () => {
    const { clientSecret } = aStoredSecret()
    expect(await Promise.all([clientSecret(), clientSecret()])).toEqual([FIRST, FIRST])
    expect(manager.takeRequests()).toEqual([SECRET_ARN])
  })

  it('is asked for again after a failure, which is not kept', async () => {
    const { clientSecret } = aStoredSecret()
    manager.answer = { error: 'ResourceNotFoundException', status: 400, message: 'no such secret' }
    await expect(clientSecret()).rejects.toThrow()
    manager.answer = { SecretString: FIRST }
    expect(await clientSecret()).toBe(FIRST)
  })

  it.each([
    ['is denied', { error: 'AccessDeniedException', status: 400, message: `denied: ${SECRET_ARN} ${FIRST}` }],
    ['fails', { error: 'InternalServiceError', status: 500, message: `failed: ${SECRET_ARN} ${FIRST}` }],
    ['is binary', { SecretBinary: Buffer.from(FIRST).toString('base64') }],
    ['is empty', { SecretString: '' }],
    ['does not come', 'hang'],
  ] as const)(
    'is unavailable if it %s, with no word of the request or the answer [LG-01]',
    async (_, answer) => {
      const { clientSecret } = aStoredSecret()
      manager.answer = answer
      const error: unknown = await clientSecret().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Error)
      const { name, message, cause, ...others } = error as Error
      expect({ name, message, cause }).toEqual({
        name: 'SecretUnavailable',
        message: 'The secret could not be read.',
        cause: undefined,
      })
      expect(others).toEqual({})
    },
  )
})

describe('a deployed function', () => {
  const environment = { BFF_CLIENT_SECRET: '', BFF_CLIENT_SECRET_ARN: SECRET_ARN }

  it('authenticates with the secret that it read, once for all logins of five minutes [ST-08] [CA-01]', async () => {
    manager.answer = { SecretString: CLIENT.secret }
    const bff = await startBff({ environment })
    for (const visitor of [bff.newVisitor(), bff.newVisitor()]) {
      expect((await logIn(bff, visitor)).status).toBe(303)
    }
    expect(manager.takeRequests()).toEqual([SECRET_ARN])
    const sent = bff.server.requestsTo('/token').map(({ form }) => form.get('client_secret'))
    expect(sent).toEqual([CLIENT.secret, CLIENT.secret])
    await bff.server.stop()
  })

  it('that cannot read the secret answers 503 and sends the code to nobody', async () => {
    manager.answer = { error: 'AccessDeniedException', status: 400, message: `denied: ${SECRET_ARN}` }
    const bff = await startBff({ environment })
    const answer = await logIn(bff, bff.newVisitor())
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(bff.server.requestsTo('/token')).toEqual([])
    expect(JSON.stringify([answer, bff.log])).not.toContain(SECRET_ARN)
    await bff.server.stop()
  })
})
