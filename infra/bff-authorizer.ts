import { Duration } from 'aws-cdk-lib'
import { RequestAuthorizer } from 'aws-cdk-lib/aws-apigateway'
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import type { Construct } from 'constructs'
import { allowSessions, BffFunction, type BffParts } from './bff-function.ts'

/** As long as an HTTP API waits for an authorizer. The function learns from it when it must be done. */
const TIMEOUT = Duration.seconds(10)

/**
 * A Lambda authorizer for APIs of the team's own, on the application's origin: it makes the session cookie the context
 * `{ accessToken, sub, scope, expiresAt }` of the integration. `docs/authorizer.md` tells the rest.
 *
 * Both kinds of authorizer have no identity source and keep no result:
 * - By default the identity source is `Authorization`, which a browser with a cookie does not send: every call would be
 *   401 before the function was asked. The cookie is none either: a call without it deserves the same checks and log line.
 * - A kept *allow* outlives a logout, a step-up and the access token in its own context; a kept *deny* outlives the login
 *   that should have ended it.
 * - With simple responses one kept result answers for every route of the API.
 */
export class BffAuthorizer extends BffFunction {
  constructor(scope: Construct, id: string, parts: BffParts) {
    const permissions = [allowSessions(parts.sessionTable)]
    super(scope, id, { name: 'authorizer', parts, timeout: TIMEOUT, permissions })
  }

  /** For all routes of one HTTP API. */
  forHttpApi(): HttpLambdaAuthorizer {
    return new HttpLambdaAuthorizer('Bff', this.function, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: [],
      resultsCacheTtl: Duration.seconds(0),
    })
  }

  /** For all methods of one REST API. */
  forRestApi(): RequestAuthorizer {
    return new RequestAuthorizer(this, 'RestApi', {
      handler: this.function,
      identitySources: [],
      resultsCacheTtl: Duration.seconds(0),
    })
  }
}
