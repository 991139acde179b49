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
  readonly api: IFunction
  readonly timeout: Duration
}

/** The gateway. It hands on everything under the two paths of the BFF, so that every 404 and 405 is a function's. */
export class BffHttpApi extends HttpApi {
  constructor(scope: Construct, id: string, { basePath, auth, api, timeout }: BffHttpApiProps) {
    super(scope, id, { createDefaultStage: false })
    this.handOn(basePath, new HttpLambdaIntegration('Auth', auth, { timeout }))
    this.handOn('/api', new HttpLambdaIntegration('Api', api, { timeout }))
    const accessLog = new LogGroup(this, 'AccessLog', { retention: RetentionDays.ONE_MONTH })
    new HttpStage(this, 'DefaultStage', {
      httpApi: this,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG_FORMAT },
    })
  }

  private handOn(path: string, integration: HttpLambdaIntegration): void {
    for (const each of [path, `${path}/{proxy+}`]) {
      this.addRoutes({ path: each, methods: [HttpMethod.ANY], integration })
    }
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
