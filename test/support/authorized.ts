import { causeOf } from '../../functions/domain/failure.ts'
import type { RandomToken } from '../../functions/domain/identifiers.ts'
import {
  type AuthorizeApiCallDependencies,
  type AuthorizedCall,
  authorizeApiCall,
  reauthorizeApiCall,
} from '../../functions/flows/authorize-api-call.ts'
import type { Call, FlowEvent } from '../../functions/flows/ports.ts'
import { logIn, startBff, type TestBff } from './bff.ts'
import type { Visitor } from './visitor.ts'

/** A user who is signed in, and what their API calls are authorized with. */
export interface SignedIn {
  readonly bff: TestBff
  readonly visitor: Visitor
  readonly identifier: RandomToken
  /** Events beside the calls, in order. */
  readonly events: FlowEvent[]
  call(milliseconds?: number): Call
  authorize(deps?: AuthorizeApiCallDependencies, milliseconds?: number): ReturnType<typeof authorizeApiCall>
  reauthorize(authorized: AuthorizedCall): ReturnType<typeof reauthorizeApiCall>
  /** The row of the session, as it is in the table. */
  row(): Promise<Awaited<ReturnType<TestBff['tables']['items']>>[number] | undefined>
  tokenRequests(): number
}

/** What a request of the function usually has, in milliseconds. */
export const USUAL_TIME = 27_000

export async function signIn(options: Parameters<typeof startBff>[0] = {}): Promise<SignedIn> {
  const bff = await startBff(options)
  const visitor = bff.newVisitor()
  await logIn(bff, visitor)
  const identifier = visitor.jar.get('__Host-Http-session') as RandomToken
  const events: FlowEvent[] = []
  const call = (milliseconds = USUAL_TIME): Call => ({
    deadlineAt: bff.clock.milliseconds() + milliseconds,
    record: (event) =>
      events.push(event.cause === undefined ? event : { ...event, cause: causeOf(event.cause) }),
  })
  return {
    bff,
    visitor,
    identifier,
    events,
    call,
    authorize: (deps = bff.deps, milliseconds = USUAL_TIME) =>
      authorizeApiCall(deps, identifier, call(milliseconds)),
    reauthorize: (authorized) => reauthorizeApiCall(bff.deps, authorized, call()),
    row: async () =>
      (await bff.tables.items(bff.tables.sessionTable)).find(({ sealed }) => sealed !== undefined),
    tokenRequests: () =>
      bff.server.requestsTo('/token').filter(({ form }) => form.get('grant_type') === 'refresh_token').length,
  }
}

/** The access token that a call was authorized with. */
export function tokenOf(result: Awaited<ReturnType<typeof authorizeApiCall>> | undefined): string {
  if (result === undefined || !result.ok)
    throw new Error(`Not authorized: ${JSON.stringify(result?.failure)}`)
  return result.value.accessToken.value
}
