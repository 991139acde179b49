import { readFileSync } from 'node:fs'

export type Context = Readonly<Record<string, unknown>>

/** The context of a fresh clone: feature flags and example settings. */
export const CLONED_CONTEXT: Context = JSON.parse(readFileSync('cdk.json', 'utf8')).context

/** The settings of a team that set what it must. */
export const REAL_SETTINGS = {
  publicOrigin: 'https://shop.acme.test',
  issuer: 'https://login.acme.test/realms/shop',
  clientId: 'shop-bff',
  clientSecretArn: 'arn:aws:secretsmanager:eu-west-1:999988887777:secret:shop/bff-client-Qw3rTy',
}
