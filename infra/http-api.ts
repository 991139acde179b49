import type { Duration } from 'aws-cdk-lib'
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'

export interface BffHttpApiProps {
  readonly basePath: string
  readonly auth: IFunction
  readonly timeout: Duration
}

/** The gateway. It hands on everything under the base path, so that every 404 and 405 is the function's. */
export class BffHttpApi extends HttpApi {
  constructor(scope: Construct, id: string, { basePath, auth, timeout }: BffHttpApiProps) {
    super(scope, id, { createDefaultStage: false })
    const integration = new HttpLambdaIntegration('Auth', auth, { timeout })
    for (const path of [basePath, `${basePath}/{proxy+}`]) {
      this.addRoutes({ path, methods: [HttpMethod.ANY], integration })
    }
    const accessLog = new LogGroup(this, 'AccessLog', { retention: RetentionDays.ONE_MONTH })
    new HttpStage(this, 'DefaultStage', {
      httpApi: this,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG_FORMAT },
    })
  }
}

/** Neither paths nor queries, cookies or addresses: the callback's query holds the authorization code. */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    routeKey: AccessLogField.contextRouteKey(),
    status: AccessLogField.contextStatus(),
    responseLatency: AccessLogField.contextResponseLatency(),
    integrationErrorMessage: AccessLogField.contextIntegrationErrorMessage(),
  }),
)
