import { accessTokenOf, isDueForRefresh } from '../../functions/domain/access-token.ts'
import { type AuthorizationServerUnavailable, causeOf } from '../../functions/domain/failure.ts'
import type { LogoutToken } from '../../functions/domain/logout-token.ts'
import { fail, ok } from '../../functions/domain/result.ts'
import type { Session, TokenSet } from '../../functions/domain/session.ts'
import type {
  AuthorizationServer,
  DiscoveredServer,
  RefreshOutcome,
} from '../../functions/flows/authorization-server.ts'
import type { Actor } from './actor.ts'
import type { Grants } from './grants.ts'
import type { IssuedTokens, Use } from './known-session.ts'
import type { Fate } from './scheduler.ts'
import type { AskedLogout, World } from './world.ts'

export const ISSUER = 'https://login.example.com'
/** The longest that an answer of it may take. */
export const ANSWER_MILLISECONDS = 500
export const AUDIENCE = 'default'
/** Seconds that an access token lives. */
export const ACCESS_TOKEN_SECONDS = 300

export interface ServerOptions {
  readonly world: World
  readonly grants: Grants
  readonly actor: Actor
  readonly logouts: readonly AskedLogout[]
}

/** The authorization server as one instance sees it: each of its answers, and the loss of it, is a step. */
export function modelAuthorizationServer(options: ServerOptions): AuthorizationServer {
  const server = discoveredServer(options)
  return {
    // A recent copy of the metadata is at hand, whatever the time.
    async discover() {
      const fate = await asked(options, 'asks for the metadata', Number.POSITIVE_INFINITY, ['fails'])
      return fate === 'fails' ? fail(unavailable('timeout')) : ok(server)
    },
  }
}

function discoveredServer(options: ServerOptions): DiscoveredServer {
  const { world, grants, actor, logouts } = options
  return {
    issuer: ISSUER,
    announcesIssuer: true,
    announcesBackchannelLogout: true,
    codeChallengeMethodsSupported: ['S256'],
    authorizationUrl: notModelled,
    redeemCode: notModelled,
    whyNotAuthenticated: notModelled,
    whyNotReadyToRefresh: async () => undefined,
    endSessionUrl: () => `${ISSUER}/logout`,
    refresh: (session, deadlineAt) => refresh(options, session, deadlineAt),

    async revoke({ accessTokens }, deadlineAt) {
      const tokens = grants.issuedWith(accessTokens[AUDIENCE]?.value ?? '')
      tokens.isRevocationAsked = true
      judgeRevocation(world, actor, tokens)
      const fate = await asked(options, 'revokes', deadlineAt, ['fails', 'reply lost'])
      if (fate !== 'fails') tokens.refreshToken.grant.isRevoked = true
      return fate === 'done' ? undefined : causeOf('timeout')
    },

    async verifyLogoutToken(token) {
      const { jti, kind, value } = logouts.find((asked) => asked.jti === token) ?? notModelled()
      return ok<LogoutToken>({ issuer: ISSUER, jti, expiresAt: 2 ** 33, target: { kind, value } })
    },
  }
}

/** Tokens may be revoked if their session has ended, was never handed out, or got an ID token of another. */
function judgeRevocation(world: World, actor: Actor, { refreshToken: { grant } }: IssuedTokens): void {
  const session = world.sessions.find(({ stored }) => stored.refreshToken.grant === grant)
  if (session?.identifier === undefined || session.removedAt !== undefined || actor.use?.isIdTokenWrong)
    return
  if (!world.isOver(session, actor.clock.now())) {
    world.violate('living-tokens', `${actor.name} revokes tokens of ${session.label}, which lives`)
  }
}

/** Nothing that rotates a token starts unless it can end. */
function judgeTime(world: World, { name, clock }: Actor, deadlineAt: number): void {
  const isTimeLeft = deadlineAt - clock.milliseconds() >= ANSWER_MILLISECONDS
  if (world.scheduler.isTimely && !isTimeLeft) {
    world.violate('in-time', `${name} begins a refresh that it may not be able to end`)
  }
}

async function refresh(
  options: ServerOptions,
  session: Session,
  deadlineAt: number,
): Promise<RefreshOutcome> {
  const { world, grants, actor } = options
  judgeTime(world, actor, deadlineAt)
  const token = accessTokenOf(session, AUDIENCE)
  const made = grants.issuedWith(token?.value ?? '')
  const sent = await asked(options, 'sends the refresh token', deadlineAt, [
    'fails',
    'client refused',
    'ID token wrong',
    'key not at hand',
    'crash after',
  ])
  if (sent === 'fails' || sent === 'client refused') return notRefreshed(sent)
  const isDue = token !== undefined && isDueForRefresh(token, actor.clock.now())
  if (!isDue && made !== actor.rejected) {
    world.violate('refreshed-once', `${actor.name} refreshes tokens that are fresh`)
  }
  const use = grants.use(world, actor, world.sessionWith(made), made)
  if (sent === 'crash after') return world.scheduler.crash(actor)
  const heard = await asked(options, 'hears the answer', deadlineAt, ['reply lost'])
  if (heard === 'reply lost' || actor.clock.milliseconds() >= deadlineAt) {
    use.reply = 'lost'
    actor.troubles.add('server')
    return notRefreshed('reply lost')
  }
  use.reply = 'told'
  return use.brought === undefined ? { kind: 'grant-ended' } : refreshed(options, use, use.brought, sent)
}

function refreshed(options: ServerOptions, use: Use, brought: IssuedTokens, fate: Fate): RefreshOutcome {
  const tokens = tokenSetOf(brought, options.actor.clock.now())
  const wrong = () => {
    use.isIdTokenWrong = true
    return causeOf('subject-unexpected')
  }
  if (fate === 'ID token wrong') return { kind: 'id-token-wrong', cause: wrong(), tokens }
  if (fate !== 'key not at hand') return { kind: 'refreshed', tokens }
  return {
    kind: 'refreshed',
    tokens,
    objectionToIdToken: async (deadlineAt) => {
      const settled = await asked(options, 'asks for the key', deadlineAt, ['fails', 'ID token wrong'])
      if (settled === 'ID token wrong') return { kind: 'wrong', cause: wrong() }
      return settled === 'done' ? undefined : { kind: 'unusable', cause: causeOf('timeout') }
    },
  }
}

/** Waits for a turn that comes before the deadline and before the answer's time is over. */
async function asked(
  { world: { scheduler }, actor }: ServerOptions,
  name: string,
  deadlineAt: number,
  mishaps: readonly Fate[],
): Promise<Fate> {
  const left = Math.min(ANSWER_MILLISECONDS, deadlineAt - actor.clock.milliseconds())
  const limits = { until: scheduler.time + left, fates: ['crash before', ...mishaps] as const }
  const fate = left <= 0 ? 'fails' : await scheduler.turn(actor, name, limits)
  if (fate !== 'done' && fate !== 'key not at hand' && fate !== 'ID token wrong') actor.troubles.add('server')
  return fate
}

export function tokenSetOf({ refreshToken, accessToken }: IssuedTokens, now: number): TokenSet {
  const expiresAt = now + ACCESS_TOKEN_SECONDS
  return {
    accessTokens: { [AUDIENCE]: { value: accessToken, type: 'bearer', receivedAt: now, expiresAt } },
    refreshToken: refreshToken.value,
    idToken: 'an ID token',
  }
}

function notRefreshed(word: string): RefreshOutcome {
  return { kind: 'unavailable', failure: unavailable(word.replace(' ', '-')) }
}

function unavailable(word: string): AuthorizationServerUnavailable {
  return { code: 'authorization-server-unavailable', cause: causeOf(word) }
}

function notModelled(): never {
  throw new Error('No task here asks the authorization server for this.')
}
