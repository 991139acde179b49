import type { AuthorizerResult } from '../../functions/lambda/authorizer-answer.ts'
import {
  authorizerSettingsOrThrow,
  composeAuthorizer,
} from '../../functions/lambda/authorizer-composition.ts'
import type { AuthorizerEvent } from '../../functions/lambda/authorizer-event.ts'
import {
  type AuthorizerDependencies,
  createAuthorizerHandler,
} from '../../functions/lambda/authorizer-handler.ts'
import { type CallChanges, httpApiEvent, restApiEvent } from './authorizer-events.ts'
import { environmentWith, logIn, startBff, type TestBff } from './bff.ts'
import type { Visitor } from './visitor.ts'
import { witnessCookies } from './witness.ts'

/** As long as an HTTP API waits for an authorizer. */
export const GATEWAY_MILLISECONDS = 10_000

export interface SignedInAtGateway {
  readonly bff: TestBff
  readonly visitor: Visitor
  readonly deps: AuthorizerDependencies
  /** The session cookie of the visitor. */
  readonly cookie: string
  /** What the authorizer tells an HTTP API of a call with the visitor's cookies. */
  askedByHttpApi(changes?: CallChanges, milliseconds?: number): Promise<AuthorizerResult>
  askedByRestApi(changes?: CallChanges, milliseconds?: number): Promise<AuthorizerResult>
}

/** A user who is signed in at the BFF, and an authorizer on the same tables, clock, server and log. */
export async function signInAtGateway(
  environment: { readonly [name: string]: string } = {},
  tokenResponse: { readonly [member: string]: unknown } = {},
): Promise<SignedInAtGateway> {
  const bff = await startBff({ environment })
  bff.server.tokenResponse = { ...tokenResponse }
  const visitor = bff.newVisitor()
  await logIn(bff, visitor)
  bff.tables.takeCommands()
  const settings = authorizerSettingsOrThrow({ ...environmentWith(bff.server, bff.tables), ...environment })
  const { clock, log } = bff.deps
  const deps = composeAuthorizer(settings, { clock, log, dynamodb: bff.tables.client })
  const handler = createAuthorizerHandler(deps)
  const cookies = () => [...visitor.jar].map(([name, value]) => `${name}=${value}`)

  function asking(eventOf: (call: CallChanges) => AuthorizerEvent) {
    return (changes: CallChanges = {}, milliseconds = GATEWAY_MILLISECONDS) => {
      const call = { cookies: cookies(), ...changes }
      witnessCookies(call.cookies)
      return handler(eventOf(call), { getRemainingTimeInMillis: () => milliseconds })
    }
  }

  return {
    bff,
    visitor,
    deps,
    cookie: cookies().join(),
    askedByHttpApi: asking(httpApiEvent),
    askedByRestApi: asking(restApiEvent),
  }
}
