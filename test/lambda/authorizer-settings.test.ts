import { describe, expect, it } from 'vitest'
import { authorizerSettingsOrThrow } from '../../functions/lambda/authorizer-composition.ts'
import { DEPLOYED_ENVIRONMENT } from '../support/environment.ts'

describe('the settings of the authorizer', () => {
  it('are those of the BFF, and how an HTTP API wants to be answered', () => {
    expect(authorizerSettingsOrThrow(DEPLOYED_ENVIRONMENT)).toMatchObject({
      publicOrigin: 'https://app.example.com',
      response: 'simple',
    })
    const withPolicies = { ...DEPLOYED_ENVIRONMENT, BFF_AUTHORIZER_RESPONSE: 'iam' }
    expect(authorizerSettingsOrThrow(withPolicies).response).toBe('iam')
  })

  it('are refused as a whole, each wrong one by its name and none by its value', () => {
    const wrong = {
      ...DEPLOYED_ENVIRONMENT,
      BFF_AUTHORIZER_RESPONSE: 'policy',
      BFF_ISSUER: 'ftp://evil.example',
    }
    const refused = () => authorizerSettingsOrThrow(wrong)
    expect(refused).toThrow(/^BFF_ISSUER must be /m)
    expect(refused).toThrow(/^BFF_AUTHORIZER_RESPONSE must be one of simple, iam\.$/m)
    expect(refused).not.toThrow(/policy|evil/)
  })
})
