import type { Environment } from '../../functions/lambda/settings-reader.ts'

/** The least that must be set, for a run on a laptop. */
export const SMALLEST_ENVIRONMENT: Environment = {
  BFF_PUBLIC_ORIGIN: 'https://app.example.com',
  BFF_ISSUER: 'https://login.example.com',
  BFF_CLIENT_ID: 'the-client',
  BFF_CLIENT_SECRET: 'a client secret that only a laptop sees',
  BFF_LOGIN_TABLE: 'LoginTransactions',
  BFF_SESSION_TABLE: 'Sessions',
}

export const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:bff/client-secret-AbCdEf'

export const INDEX_SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:bff/index-secret-GhIjKl'

/** The same for a deployed function. */
export const DEPLOYED_ENVIRONMENT: Environment = {
  ...SMALLEST_ENVIRONMENT,
  AWS_LAMBDA_FUNCTION_NAME: 'bff-auth',
  BFF_CLIENT_SECRET: undefined,
  BFF_CLIENT_SECRET_ARN: SECRET_ARN,
  BFF_INDEX_SECRET_ARN: INDEX_SECRET_ARN,
}
