import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../../support/bff.ts'
import type { ScriptedAuthorizationServer } from '../../support/scripted-authorization-server.ts'
import type { Answer } from '../../support/visitor.ts'

/** Everything that an attempt to log in can change, as far as anyone can tell from outside. */
export interface Outcome {
  readonly status: number
  /** Of the problem, whether it came as JSON or on a page; undefined if there is none. */
  readonly code: string | undefined
  readonly tokenRequests: number
  readonly sessionCookies: number
  readonly sessionRows: number
  /** How many tokens of the authorization server stand in the answer, wherever in it. */
  readonly tokensShown: number
}

export const COMPLETED: Outcome = {
  status: 303,
  code: undefined,
  tokenRequests: 1,
  sessionCookies: 1,
  sessionRows: 1,
  tokensShown: 0,
}

/** A refusal: no session cookie, no session row, no token shown, and exactly so many token requests. */
export function refused(status: number, code: string, tokenRequests: number): Outcome {
  return { status, code, tokenRequests, sessionCookies: 0, sessionRows: 0, tokensShown: 0 }
}

export async function outcomeOf(bff: TestBff, act: () => Promise<Answer>): Promise<Outcome> {
  const { server, tables } = bff
  const countRows = async () => (await tables.items(tables.sessionTable)).length
  const requestsBefore = server.requestsTo('/token').length
  const rowsBefore = await countRows()
  const answer = await act()
  const shown = JSON.stringify([answer.headers, answer.cookies, answer.body])
  return {
    status: answer.status,
    code: problemCode(answer),
    tokenRequests: server.requestsTo('/token').length - requestsBefore,
    sessionCookies: answer.cookies.filter((cookie) => cookie.startsWith('__Host-Http-session=')).length,
    sessionRows: (await countRows()) - rowsBefore,
    tokensShown: server.issuedTokens.filter((token) => token.length > 16 && shown.includes(token)).length,
  }
}

function problemCode({ headers, body, json }: Answer): string | undefined {
  const isJson = headers['content-type'] === 'application/problem+json'
  return isJson ? json<{ code: string }>().code : /<small>([a-z-]+) · /.exec(body)?.[1]
}

/** What a test makes of the authorization server for one login. */
export type Misbehaviour = Partial<
  Pick<ScriptedAuthorizationServer, 'keys' | 'changeIdToken' | 'signWith' | 'tokenResponse' | 'scripts'>
>

/** A whole login in a new browser, against a server that misbehaves for its duration. */
export async function attemptLogin(
  bff: TestBff,
  misbehaviour: Misbehaviour = {},
  query = '',
): Promise<Outcome> {
  const { keys, changeIdToken, signWith, tokenResponse, scripts } = bff.server
  Object.assign(bff.server, misbehaviour)
  try {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor, query)
    return await outcomeOf(bff, () => visitor.navigate(callbackTarget, fromAuthorizationServer(visitor)))
  } finally {
    Object.assign(bff.server, { keys, changeIdToken, signWith, tokenResponse, scripts })
  }
}

/** One more instance of the function beside the others: same tables, server and clock, nothing remembered. */
export function anotherInstance(
  { clock, server, tables }: TestBff,
  environment: { readonly [name: string]: string } = {},
): Promise<TestBff> {
  return startBff({ clock, server, tables, environment })
}
