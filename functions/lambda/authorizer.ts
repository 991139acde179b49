import { authorizerSettingsOrThrow, composeAuthorizer } from './authorizer-composition.ts'
import { createAuthorizerHandler } from './authorizer-handler.ts'

/** Entry point of the authorizer: calls to APIs behind a gateway of the team's own. */
export const handler = createAuthorizerHandler(composeAuthorizer(authorizerSettingsOrThrow(process.env)))
