import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSettings, type Settings, settingsOrThrow } from '../../functions/lambda/settings.ts'
import type { Environment } from '../../functions/lambda/settings-reader.ts'
import { DEPLOYED_ENVIRONMENT, SECRET_ARN, SMALLEST_ENVIRONMENT } from '../support/environment.ts'
import { witnessSecrets } from '../support/witness.ts'

const DEFAULTS: Settings = {
  publicOrigin: 'https://app.example.com',
  basePath: '/bff',
  issuer: 'https://login.example.com',
  clientId: 'the-client',
  clientAuthentication: 'client_secret_post',
  clientSecret: { value: 'a client secret that only a laptop sees' },
  scope: undefined,
  redirectUri: 'https://app.example.com/bff/callback',
  responseMode: 'query',
  postLogoutRedirectUri: 'https://app.example.com/',
  errorPath: undefined,
  logoutStyle: 'oidc',
  clearSiteData: [],
  backchannelLogout: 'auto',
  logoutTokenType: 'lenient',
  indexSecret: undefined,
  upstreams: [],
  audience: { resource: undefined, audience: undefined },
  sessionIdleSeconds: 1800,
  sessionAbsoluteSeconds: 28_800,
  sessionsValidFrom: 0,
  withoutRefreshToken: 'until-access-token-expires',
  claims:
    'sub,name,given_name,family_name,preferred_username,email,email_verified,picture,locale,auth_time,acr,amr'.split(
      ',',
    ),
  trustedAudiences: [],
  idTokenAlgorithms: 'RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA,Ed25519'.split(','),
  authorizationServerTimeoutMilliseconds: 5000,
  loginTable: 'LoginTransactions',
  sessionTable: 'Sessions',
}

const OPTIONAL = [
  'BFF_BASE_PATH',
  'BFF_CLIENT_AUTH',
  'BFF_SCOPE',
  'BFF_REDIRECT_URI',
  'BFF_RESPONSE_MODE',
  'BFF_POST_LOGOUT_REDIRECT_URI',
  'BFF_ERROR_PATH',
  'BFF_SESSION_IDLE_SECONDS',
  'BFF_SESSION_ABSOLUTE_SECONDS',
  'BFF_CLAIMS',
  'BFF_TRUSTED_AUDIENCES',
  'BFF_ID_TOKEN_ALGS',
  'BFF_AUTHORIZATION_SERVER_TIMEOUT_MS',
  'BFF_NO_REFRESH_TOKEN',
  'BFF_SESSIONS_VALID_FROM',
  'BFF_UPSTREAMS',
  'BFF_LOGOUT_STYLE',
  'BFF_CLEAR_SITE_DATA',
  'BFF_BACKCHANNEL_LOGOUT',
  'BFF_LOGOUT_TOKEN_TYP',
  'BFF_INDEX_SECRET',
  'BFF_INDEX_SECRET_ARN',
]
const REQUIRED = Object.keys(SMALLEST_ENVIRONMENT)

/** Every setting wrong, each with a value that nothing else contains. */
const THOROUGHLY_WRONG: Environment = {
  BFF_PUBLIC_ORIGIN: 'https://wrong-origin.example/with-a-path',
  BFF_ISSUER: 'http://wrong-issuer.example',
  BFF_CLIENT_ID: 'wröng-client-id',
  BFF_LOGIN_TABLE: 'wrong login table',
  BFF_SESSION_TABLE: 'wrong/session/table',
  BFF_BASE_PATH: 'wrong-base-path',
  BFF_CLIENT_AUTH: 'wrong-client-auth',
  BFF_SCOPE: 'wrong-scope-without-that-value',
  BFF_REDIRECT_URI: 'wrong-redirect-uri',
  BFF_RESPONSE_MODE: 'wrong-response-mode',
  BFF_POST_LOGOUT_REDIRECT_URI: 'https://wrong-post-logout.example/#fragment',
  BFF_ERROR_PATH: 'wrong-error-path',
  BFF_NO_REFRESH_TOKEN: 'wrong-no-refresh-token',
  BFF_SESSIONS_VALID_FROM: 'wrong-instant',
  BFF_UPSTREAMS: 'wrong-upstreams',
  BFF_LOGOUT_STYLE: 'wrong-logout-style',
  BFF_CLEAR_SITE_DATA: 'cache,cookies',
  BFF_BACKCHANNEL_LOGOUT: 'wrong-switch',
  BFF_LOGOUT_TOKEN_TYP: 'wrong-typ',
  BFF_INDEX_SECRET: 'wrong-and-short',
  BFF_INDEX_SECRET_ARN: 'wrong-index-secret-arn',
  BFF_SESSION_IDLE_SECONDS: '59.017',
  BFF_SESSION_ABSOLUTE_SECONDS: '-28017',
  BFF_CLAIMS: 'sub,wröng-claim',
  BFF_TRUSTED_AUDIENCES: 'wröng-audience,',
  BFF_ID_TOKEN_ALGS: 'RS256,wrong-algorithm',
  BFF_AUTHORIZATION_SERVER_TIMEOUT_MS: '8001.7',
  AWS_LAMBDA_FUNCTION_NAME: 'bff-auth',
  BFF_CLIENT_SECRET: 'wrong-secret-in-the-wrong-place',
  BFF_CLIENT_SECRET_ARN: 'arn:wrong-secret-arn',
}

function problemNames(environment: Environment): string[] {
  const read = readSettings(environment)
  return read.ok ? [] : read.failure.map(({ name }) => name)
}

function messageFor(environment: Environment): string {
  try {
    settingsOrThrow(environment)
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : 'not an Error'
  }
}

describe('the configuration', () => {
  it('has the documented defaults for everything but what only the team can know', () => {
    expect(readSettings(SMALLEST_ENVIRONMENT)).toEqual({ ok: true, value: DEFAULTS })
  })

  it('derives the callback and the page after logout from the public origin and the base path [AR-14]', () => {
    const environment = {
      ...SMALLEST_ENVIRONMENT,
      BFF_PUBLIC_ORIGIN: 'https://shop.example.com:8443',
      BFF_BASE_PATH: '/auth/v1',
    }
    expect(settingsOrThrow(environment)).toMatchObject({
      redirectUri: 'https://shop.example.com:8443/auth/v1/callback',
      postLogoutRedirectUri: 'https://shop.example.com:8443/',
    })
  })

  it('takes an empty variable for an absent one', () => {
    const empty = Object.fromEntries([...OPTIONAL, 'BFF_CLIENT_SECRET_ARN'].map((name) => [name, '']))
    const environment = { ...SMALLEST_ENVIRONMENT, ...empty, AWS_LAMBDA_FUNCTION_NAME: '' }
    expect(readSettings(environment)).toEqual({ ok: true, value: DEFAULTS })
    const nothing = Object.fromEntries(REQUIRED.map((name) => [name, '']))
    expect(problemNames(nothing).sort()).toEqual([...REQUIRED].sort())
  })

  it('that is missing altogether is reported setting by setting, each as missing', () => {
    expect(problemNames({}).sort()).toEqual([...REQUIRED].sort())
    for (const line of messageFor({}).split('\n').slice(1)) expect(line).toMatch(/^BFF_[A-Z_]+ is missing: /)
  })

  it('that is wrong throughout is reported all at once, each setting on a line of its own', () => {
    const names = Object.keys(THOROUGHLY_WRONG).filter((name) => name.startsWith('BFF_'))
    expect(names).toHaveLength(29)
    expect(problemNames(THOROUGHLY_WRONG).sort()).toEqual(names.sort())
    const [heading, ...lines] = messageFor(THOROUGHLY_WRONG).split('\n')
    expect(heading).toBe('The configuration is not usable.')
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(names)
  })

  it('reports two settings that contradict each other beside one that is wrong by itself', () => {
    const contradiction = { BFF_SESSION_IDLE_SECONDS: '7200', BFF_SESSION_ABSOLUTE_SECONDS: '3600' }
    const environment = { ...SMALLEST_ENVIRONMENT, ...contradiction, BFF_ISSUER: 'not-an-issuer' }
    expect(problemNames(environment).sort()).toEqual(['BFF_ISSUER', 'BFF_SESSION_IDLE_SECONDS'])
  })

  it('is reported without any value that was given, which may be a secret in the wrong place [LG-01]', () => {
    witnessSecrets(Object.values(THOROUGHLY_WRONG))
    const message = messageFor(THOROUGHLY_WRONG)
    for (const [name, value] of Object.entries(THOROUGHLY_WRONG)) {
      if (name.startsWith('BFF_')) expect(message).not.toContain(value)
    }
    expect(message).not.toMatch(/wr[oö]ng/)
  })

  it('never throws on a value and never repeats one, whatever it is [LG-01]', () => {
    const names = [...REQUIRED, ...OPTIONAL, 'BFF_CLIENT_SECRET_ARN', 'AWS_LAMBDA_FUNCTION_NAME']
    const values = fc.record(Object.fromEntries(names.map((name) => [name, fc.string({ unit: 'grapheme' })])))
    fc.assert(
      fc.property(values, (environment) => {
        const marked = Object.entries(environment).map(([name, value]) => [name, `¤${value}¤`])
        expect(messageFor(Object.fromEntries(marked))).not.toContain('¤')
      }),
    )
  })
})

describe('the client secret', () => {
  it('is read from Secrets Manager by a deployed function [ST-08]', () => {
    expect(settingsOrThrow(DEPLOYED_ENVIRONMENT).clientSecret).toEqual({ arn: SECRET_ARN })
  })

  it('is refused in the environment of a deployed function, with a remedy [ST-08]', () => {
    const environment = { ...DEPLOYED_ENVIRONMENT, BFF_CLIENT_SECRET: 'a secret in the wrong place' }
    expect(problemNames(environment)).toEqual(['BFF_CLIENT_SECRET'])
    expect(messageFor(environment)).toContain('Secrets Manager')
    expect(problemNames({ ...environment, BFF_CLIENT_SECRET_ARN: undefined })).toEqual([
      'BFF_CLIENT_SECRET',
      'BFF_CLIENT_SECRET_ARN',
    ])
  })

  it('is required: no client is public [CA-01]', () => {
    expect(problemNames({ ...SMALLEST_ENVIRONMENT, BFF_CLIENT_SECRET: undefined })).toEqual([
      'BFF_CLIENT_SECRET',
    ])
    expect(problemNames({ ...DEPLOYED_ENVIRONMENT, BFF_CLIENT_SECRET_ARN: undefined })).toEqual([
      'BFF_CLIENT_SECRET_ARN',
    ])
    expect(problemNames({ ...SMALLEST_ENVIRONMENT, BFF_CLIENT_AUTH: 'none' })).toEqual(['BFF_CLIENT_AUTH'])
  })

  it.each(['arn:aws:ssm:eu-west-1:111122223333:parameter/x', 'bff/client-secret', `${SECRET_ARN} `])(
    'is not taken from %s, which is not the ARN of a secret',
    (arn) => {
      const environment = { ...DEPLOYED_ENVIRONMENT, BFF_CLIENT_SECRET_ARN: arn }
      expect(problemNames(environment)).toEqual(['BFF_CLIENT_SECRET_ARN'])
    },
  )
})
