import { afterEach, describe, expect, it, vi } from 'vitest'
import { defaultProvider } from '../../functions/lambda/environment-credentials.ts'

describe('the credentials of the deployed function', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('are read from the environment each time they are asked for', async () => {
    const provide = defaultProvider()
    given({ AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' })
    expect(await provide()).toEqual({ accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' })
    given({ AWS_ACCESS_KEY_ID: 'other-key', AWS_SECRET_ACCESS_KEY: 'other', AWS_SESSION_TOKEN: '' })
    expect(await provide()).toEqual({ accessKeyId: 'other-key', secretAccessKey: 'other' })
  })

  it.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])(
    'are an error that names the variables if there is no %s',
    async (missing) => {
      given({ AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', [missing]: '' })
      const outcome = defaultProvider()()
      await expect(outcome).rejects.toMatchObject({ name: 'CredentialsProviderError' })
      await expect(outcome).rejects.toThrow(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/)
    },
  )
})

function given(variables: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
}
