import type { Failure } from '../../functions/domain/failure.ts'
import type { Result } from '../../functions/domain/result.ts'
import type { BackchannelLogoutFailure } from '../../functions/flows/accept-backchannel-logout.ts'
import type { Actor } from './actor.ts'
import type { KnownSession } from './known-session.ts'
import type { Play } from './play.ts'
import type { AskedLogout, World } from './world.ts'

type LoginFacts = Pick<KnownSession, 'subject' | 'sid' | 'begunAt'>

/** Whether a logout is to end the session of this login: it names it, and came first after the login began. */
export function isNamed(
  { firstArrivals }: World,
  { jti, kind, value }: AskedLogout,
  { subject, sid, begunAt }: LoginFacts,
): boolean {
  const arrivedAt = firstArrivals.get(jti)
  return (kind === 'sub' ? subject : sid) === value && arrivedAt !== undefined && begunAt <= arrivedAt
}

export function judgeLogout(
  { world }: Play,
  actor: Actor,
  session: KnownSession,
  result: Result<unknown, Failure>,
): void {
  if (!result.ok) {
    judgeUnavailable(world, actor, result.failure)
  } else if (world.rowAt(session.rowId) !== undefined) {
    world.violate('logout-wins', `${actor.name} was done, and ${session.label} lives`)
  } else if (session.removedBy === actor && actor.troubles.size === 0 && !session.stored.isRevocationAsked) {
    world.violate('revoked', `${actor.name} left the tokens of ${session.label} alive`)
  }
}

export function judgeBackchannelLogout(
  { world }: Play,
  actor: Actor,
  asked: AskedLogout,
  result: Result<unknown, BackchannelLogoutFailure>,
): void {
  if (result.ok) {
    world.logoutsDone.push(asked)
    judgeLogoutsDone(world)
  } else if (actor.troubles.size === 0 && world.scheduler.isTimely) {
    world.violate('no-needless-failure', `${actor.name} failed: ${result.failure.cause}`)
  }
}

/** No session that a user can come with has outlived a logout that names it and was answered as done. */
export function judgeLogoutsDone(world: World): void {
  for (const session of world.sessions) {
    if (session.identifier === undefined || session.removedAt !== undefined) continue
    if (world.logoutsDone.some((asked) => isNamed(world, asked, session))) {
      world.violate('logout-wins', `${session.label} lives after a logout that names it`)
    }
  }
}

export interface LoginOutcome extends LoginFacts {
  readonly opened: KnownSession | undefined
  readonly replaced: readonly KnownSession[]
}

export function judgeLogin(
  { world, logouts }: Play,
  actor: Actor,
  login: LoginOutcome,
  result: Result<unknown, Failure>,
): void {
  if (result.ok) {
    judgeLogoutsDone(world)
    const left = login.replaced.find(({ rowId }) => world.rowAt(rowId) !== undefined)
    if (left !== undefined && !actor.events.has('session-replacement-failed')) {
      world.violate('logout-wins', `${actor.name} is done, and ${left.label}, which it replaces, lives`)
    }
  } else if (result.failure.code !== 'session-ended') {
    judgeUnavailable(world, actor, result.failure)
  } else if (!logouts.some((asked) => isNamed(world, asked, login))) {
    world.violate('logout-wins', `${actor.name} was ended by no logout`)
  } else if (login.opened !== undefined && login.opened.removedAt === undefined) {
    world.violate('logout-wins', `${actor.name} was ended, and left its session`)
  }
}

function judgeUnavailable(world: World, actor: Actor, { code }: Failure): void {
  if (code !== 'session-unavailable' || !actor.troubles.has('store')) {
    world.violate('no-needless-failure', `${actor.name} was answered ${code}`)
  }
}
