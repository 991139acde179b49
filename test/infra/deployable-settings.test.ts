import { describe, expect, it } from 'vitest'
import { readSettings } from '../../functions/lambda/settings.ts'
import { readDeployableSettings, SETTING_KEYS, variableOf } from '../../infra/deployable-settings.ts'
import { CLONED_CONTEXT, type Context, REAL_SETTINGS } from './example-settings.ts'

describe('the settings of a stack', () => {
  it('have the names of the environment variables, in camel case', () => {
    expect(variableOf('publicOrigin')).toBe('BFF_PUBLIC_ORIGIN')
    expect(variableOf('idTokenAlgs')).toBe('BFF_ID_TOKEN_ALGS')
    expect(variableOf('authorizationServerTimeoutMs')).toBe('BFF_AUTHORIZATION_SERVER_TIMEOUT_MS')
  })

  it('are all those that the functions read, but for what the stack makes and the secrets of a local run', () => {
    const made = ['BFF_LOGIN_TABLE', 'BFF_SESSION_TABLE', 'BFF_INDEX_SECRET_ARN']
    const others = [...made, 'BFF_CLIENT_SECRET', 'BFF_INDEX_SECRET']
    const deployable = variablesReadByFunctions().filter((name) => !others.includes(name))
    expect(SETTING_KEYS.map(variableOf).sort()).toEqual(deployable.sort())
  })

  it('become the variables of the function, and only those that were given do', () => {
    const read = readDeployableSettings(
      from({ ...REAL_SETTINGS, sessionIdleSeconds: 900, claims: 'sub,name' }),
    )
    expect(read).toMatchObject({ ok: true, value: { basePath: '/bff', examples: [] } })
    expect(read.ok && read.value.variables).toEqual({
      BFF_PUBLIC_ORIGIN: REAL_SETTINGS.publicOrigin,
      BFF_ISSUER: REAL_SETTINGS.issuer,
      BFF_CLIENT_ID: REAL_SETTINGS.clientId,
      BFF_CLIENT_SECRET_ARN: REAL_SETTINGS.clientSecretArn,
      BFF_SESSION_IDLE_SECONDS: '900',
      BFF_CLAIMS: 'sub,name',
    })
  })

  it('may be numbers in cdk.json and texts on the command line', () => {
    const asNumber = readDeployableSettings(from({ ...REAL_SETTINGS, sessionIdleSeconds: 900 }))
    const asText = readDeployableSettings(from({ ...REAL_SETTINGS, sessionIdleSeconds: '900' }))
    expect(asNumber).toEqual(asText)
  })

  it('may hold upstreams as JSON in cdk.json and as its text on the command line', () => {
    const upstreams = [{ name: 'orders', target: 'https://orders.acme.test/v1', methods: ['GET', 'POST'] }]
    const asJson = readDeployableSettings(from({ ...REAL_SETTINGS, upstreams }))
    const asText = readDeployableSettings(from({ ...REAL_SETTINGS, upstreams: JSON.stringify(upstreams) }))
    expect(asJson).toEqual(asText)
    expect(asJson.ok && asJson.value.variables.BFF_UPSTREAMS).toBe(JSON.stringify(upstreams))
  })

  it('are absent if they are empty', () => {
    const read = readDeployableSettings(from({ ...REAL_SETTINGS, scope: '', claims: null }))
    expect(read.ok && Object.keys(read.value.variables)).toHaveLength(4)
  })
})

describe('the settings of a stack are refused', () => {
  it('with every problem at once, each under its key', () => {
    const wrong = { publicOrigin: 'https://shop.acme.test/app', responseMode: 'fragment', claims: ['sub'] }
    expect(problemsOf(wrong)).toEqual([
      expect.stringMatching(/^publicOrigin must be an origin/),
      expect.stringMatching(/^issuer is missing/),
      expect.stringMatching(/^responseMode must be one of query, form_post/),
      expect.stringMatching(/^clientId is missing/),
      expect.stringMatching(/^clientSecretArn is missing/),
      'claims must be text or a number',
    ])
  })

  it('if they contradict each other, in the words of the context', () => {
    expect(problemsOf({ ...REAL_SETTINGS, sessionIdleSeconds: 900, sessionAbsoluteSeconds: 600 })).toEqual([
      'sessionIdleSeconds must not exceed sessionAbsoluteSeconds',
    ])
  })

  it.each(['publicOrigin', 'issuer', 'redirectUri', 'postLogoutRedirectUri'])(
    'if %s is plain http, on a loopback host too [TE-11]',
    (key) => {
      expect(problemsOf({ ...REAL_SETTINGS, [key]: 'http://localhost:3000' })).toEqual([
        `${key} must begin with https: plain http is for local runs only`,
      ])
    },
  )

  it('if an upstream is not reached over https, on a loopback host neither [PX-17]', () => {
    const orders = { name: 'orders', target: 'https://orders.acme.test' }
    const users = { name: 'users', target: 'http://localhost:4000' }
    const prices = { name: 'prices', target: 'http://prices.acme.test' }
    expect(problemsOf({ ...REAL_SETTINGS, upstreams: [orders, users, prices] })).toEqual([
      'upstreams[1].target must begin with https: plain http is for local runs only',
      'upstreams[2].target must begin with https: plain http is for local runs only',
    ])
  })

  it('if an upstream is wrong, by the path of what is wrong in it', () => {
    const upstreams = [
      { name: 'orders', target: 'https://orders.acme.test', audience: 'orders' },
      { name: 'a b', target: 'https://users.acme.test?x=1', audience: 'users' },
      'https://prices.acme.test',
    ]
    expect(problemsOf({ ...REAL_SETTINGS, upstreams: upstreams.slice(0, 2) })).toEqual([
      expect.stringMatching(/^upstreams\[1\]\.name must be /),
      expect.stringMatching(/^upstreams\[1\]\.target must be /),
      expect.stringMatching(/^upstreams\[1\]\.audience must be /),
    ])
    expect(problemsOf({ ...REAL_SETTINGS, upstreams })).toEqual([
      expect.stringMatching(/^upstreams must be a JSON array/),
    ])
    expect(problemsOf({ ...REAL_SETTINGS, upstreams: { orders: upstreams[0] } })).toEqual([
      expect.stringMatching(/^upstreams must be a JSON array/),
    ])
    expect(problemsOf({ ...REAL_SETTINGS, upstreams: '[' })).toEqual([
      expect.stringMatching(/^upstreams must be a JSON array/),
    ])
  })

  it('if they hold the client secret itself, which is not repeated [ST-08]', () => {
    const problems = problemsOf({ ...REAL_SETTINGS, clientSecret: 'correct-horse' })
    expect(problems).toEqual([expect.stringMatching(/^clientSecret is for local runs only/)])
    expect(problems.join()).not.toContain('correct-horse')
    expect(problems.join()).not.toContain('BFF_')
  })

  it.each([
    ['is a name', 'shop/bff-client'],
    ['is a parameter', 'arn:aws:ssm:eu-west-1:999988887777:parameter/shop-Qw3rTy'],
    ['lacks the six characters at its end', 'arn:aws:secretsmanager:eu-west-1:999988887777:secret:shop'],
    ['is a pattern', 'arn:aws:secretsmanager:eu-west-1:999988887777:secret:*-Qw3rTy'],
    ['ends with a pattern', 'arn:aws:secretsmanager:eu-west-1:999988887777:secret:shop-??????'],
  ])('if the ARN of the secret %s [ST-08]', (_, clientSecretArn) => {
    expect(problemsOf({ ...REAL_SETTINGS, clientSecretArn })).toEqual([
      'clientSecretArn must be the complete ARN of a secret, with the six characters at its end',
    ])
  })
})

describe('an example value', () => {
  it('is known for one in every setting of a fresh clone', () => {
    const read = readDeployableSettings(from(CLONED_CONTEXT))
    expect(read.ok && read.value.examples).toEqual(['publicOrigin', 'issuer', 'clientId', 'clientSecretArn'])
  })

  it.each(['https://example-shop.com', 'https://shop.com/example', 'https://myexample.com'])(
    'is not seen in %s',
    (issuer) => {
      const read = readDeployableSettings(from({ ...REAL_SETTINGS, issuer }))
      expect(read.ok && read.value.examples).toEqual([])
    },
  )
})

function from(settings: Context): (key: string) => unknown {
  return (key) => settings[key]
}

function problemsOf(settings: Context): readonly string[] {
  const read = readDeployableSettings(from(settings))
  return read.ok ? [] : read.failure.map(({ name, rule }) => `${name} ${rule}`)
}

function variablesReadByFunctions(): string[] {
  const names = new Set<string>()
  const watched = new Proxy<Record<string, string>>({}, { get: (_, name) => void names.add(String(name)) })
  readSettings(watched)
  return [...names].filter((name) => name.startsWith('BFF_'))
}
