import { type BffOptions, logIn, startBff, type TestBff } from './bff.ts'
import type { EventChanges } from './events.ts'
import { type Answer, invoke, type Visitor } from './visitor.ts'

/** A BFF that takes back-channel logout, whatever its authorization server announces. */
export function startWithBackchannelLogout(options: BffOptions = {}): Promise<TestBff> {
  return startBff({ ...options, environment: { BFF_BACKCHANNEL_LOGOUT: 'on', ...options.environment } })
}

/** What the ID token says of who logged in. */
export interface Person {
  readonly sub?: string
  readonly sid?: string
}

/** One more browser, in which this person has logged in. */
export async function logInAs(bff: TestBff, person: Person): Promise<Visitor> {
  const visitor = bff.newVisitor()
  await asPerson(bff, person, () => logIn(bff, visitor))
  return visitor
}

/** While something happens, ID tokens are this person's. */
export async function asPerson<T>({ server }: TestBff, person: Person, act: () => Promise<T>): Promise<T> {
  const { changeIdToken } = server
  server.changeIdToken = (parts) => {
    changeIdToken(parts)
    Object.assign(parts.claims, person)
  }
  try {
    return await act()
  } finally {
    server.changeIdToken = changeIdToken
  }
}

/** What the authorization server sends: a form, and nothing that a browser would add. */
export function postLogoutForm(
  bff: TestBff,
  form: URLSearchParams | string,
  changes: EventChanges = {},
): Promise<Answer> {
  return invoke(bff.handler, 'fetch', {
    method: 'POST',
    target: '/bff/backchannel-logout',
    body: form.toString(),
    ...changes,
    headers: { ...FROM_A_SERVER, 'content-type': 'application/x-www-form-urlencoded', ...changes.headers },
  })
}

export function sendLogoutToken(bff: TestBff, token: string): Promise<Answer> {
  return postLogoutForm(bff, new URLSearchParams({ logout_token: token }))
}

/** The authorization server ends a session, or all of a user. */
export async function endByBackchannel(bff: TestBff, person: Person): Promise<Answer> {
  return sendLogoutToken(bff, await bff.server.logoutToken({ ...person }))
}

export async function isSignedIn(visitor: Visitor): Promise<boolean> {
  return (await visitor.call('GET', '/bff/session?peek=1')).json().authenticated === true
}

const FROM_A_SERVER = Object.fromEntries(
  ['accept-language', 'referer', 'sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-site', 'x-csrf'].map(
    (name) => [name, undefined],
  ),
)
