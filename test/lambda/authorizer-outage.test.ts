import { beforeEach, describe, expect, it, vi } from 'vitest'
import { longestRefresh } from '../../functions/domain/refresh-lease.ts'
import {
  authorizerSettingsOrThrow,
  composeAuthorizer,
} from '../../functions/lambda/authorizer-composition.ts'
import { createAuthorizerHandler } from '../../functions/lambda/authorizer-handler.ts'
import { GATEWAY_MILLISECONDS, type SignedInAtGateway, signInAtGateway } from '../support/authorizer.ts'
import { httpApiEvent } from '../support/authorizer-events.ts'
import { SMALLEST_ENVIRONMENT } from '../support/environment.ts'
import { startUnwellServer } from '../support/unwell-server.ts'

/** An answer must be on its way to the gateway this much before the function's time is up. */
const MARGIN_MILLISECONDS = 500

const TEN_SECONDS = { getRemainingTimeInMillis: () => GATEWAY_MILLISECONDS }
const AWS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }
/** For a timer that fires late because this process is busy. */
const TOLERANCE_MILLISECONDS = 500

let user: SignedInAtGateway
beforeEach(async () => {
  user = await signInAtGateway()
})

/** Neither gateway learns that a call may not pass: both answer 500 to an error that is not `Unauthorized`. */
async function expectUnavailable(code: string, milliseconds = GATEWAY_MILLISECONDS): Promise<void> {
  user.bff.log.length = 0
  await expect(user.askedByHttpApi({}, milliseconds)).rejects.toThrow(new RegExp(`^${code}$`))
  await expect(user.askedByRestApi({}, milliseconds)).rejects.toThrow(new RegExp(`^${code}$`))
  const lines = user.bff.log.filter(({ route }) => route === 'authorizer')
  expect(lines.map((line) => [line.level, line.code])).toEqual([
    ['error', code],
    ['error', code],
  ])
}

describe('what is unavailable is never taken for a logout', () => {
  it('if the store does not answer', async () => {
    user.bff.tables.breakCommand('GetItem')
    await expectUnavailable('session-unavailable')
  })

  it('if the store never answers: it is given up in a fifth of the time', async () => {
    const silent = await startUnwellServer('never answers')
    for (const [name, value] of Object.entries(AWS)) vi.stubEnv(name, value)
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', silent.endpoint)
    const settings = authorizerSettingsOrThrow(SMALLEST_ENVIRONMENT)
    const handler = createAuthorizerHandler(composeAuthorizer(settings, { log: user.deps.log }))
    const startedAt = performance.now()
    const asked = handler(httpApiEvent({ cookies: [user.cookie] }), TEN_SECONDS)
    await expect(asked).rejects.toThrow(/^session-unavailable$/)
    expect(performance.now() - startedAt).toBeLessThan(2000 + TOLERANCE_MILLISECONDS)
    vi.unstubAllEnvs()
    await silent.stop()
  })

  it('if the authorization server gives no new token, and the session stays [RF-09]', async () => {
    user.bff.clock.advance(300)
    user.bff.server.scripts['/token'] = () => ({ status: 503, body: '' })
    await expectUnavailable('authorization-server-unavailable')
    user.bff.server.scripts['/token'] = undefined
    user.bff.clock.advance(30)
    expect(await user.askedByHttpApi()).toMatchObject({ isAuthorized: true })
  })

  it('if something fails that no flow foresaw, of which only the kind is logged [LG-05] [LG-01]', async () => {
    const broken = createAuthorizerHandler({
      ...user.deps,
      sessions: {
        ...user.deps.sessions,
        find: async () => {
          throw new TypeError(`cannot read ${user.cookie}`)
        },
      },
    })
    const asked = broken(httpApiEvent({ cookies: [user.cookie] }), TEN_SECONDS)
    await expect(asked).rejects.toThrow(/^unexpected-failure$/)
    expect(user.bff.log.at(-1)).toMatchObject({
      level: 'error',
      code: 'unexpected-failure',
      cause: 'TypeError',
    })
  })
})

describe('the ten seconds of an authorizer', () => {
  it('are enough for a refresh, whatever is configured for elsewhere [PX-14]', () => {
    const settings = authorizerSettingsOrThrow({
      ...SMALLEST_ENVIRONMENT,
      BFF_AUTHORIZATION_SERVER_TIMEOUT_MS: '8000',
    })
    const { longest } = composeAuthorizer(settings)
    expect(longest).toEqual({ answerMilliseconds: 3000, statementMilliseconds: 2000 })
    expect(longestRefresh(longest)).toBeLessThan(GATEWAY_MILLISECONDS - MARGIN_MILLISECONDS)
  })

  it('are not lengthened by a shorter time-out for the authorization server', () => {
    const BFF_AUTHORIZATION_SERVER_TIMEOUT_MS = '800'
    const settings = authorizerSettingsOrThrow({
      ...SMALLEST_ENVIRONMENT,
      BFF_AUTHORIZATION_SERVER_TIMEOUT_MS,
    })
    expect(composeAuthorizer(settings).longest.answerMilliseconds).toBe(800)
  })

  it('end a call before a refresh that would not fit in what is left of them [PX-14]', async () => {
    user.bff.clock.advance(300)
    const enough = longestRefresh(user.deps.longest) + MARGIN_MILLISECONDS
    await expectUnavailable('authorization-server-unavailable', enough - 1)
    expect(user.bff.server.requestsTo('/token')).toHaveLength(1)
    expect(await user.askedByHttpApi({}, enough)).toMatchObject({ isAuthorized: true })
    expect(user.bff.server.requestsTo('/token')).toHaveLength(2)
  })
})
