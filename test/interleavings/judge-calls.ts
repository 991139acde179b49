import type { Failure } from '../../functions/domain/failure.ts'
import type { Result } from '../../functions/domain/result.ts'
import type { AuthorizedCall } from '../../functions/flows/authorize-api-call.ts'
import type { SessionView } from '../../functions/flows/check-session.ts'
import type { Actor } from './actor.ts'
import type { KnownSession } from './known-session.ts'
import type { Play } from './play.ts'

/** Judges what an API call was answered. */
export function judgeCall(
  play: Play,
  actor: Actor,
  session: KnownSession,
  result: Result<AuthorizedCall, Failure>,
): void {
  if (result.ok) {
    const { world, grants } = play
    const tokens = grants.issuedWith(result.value.accessToken.value)
    if (!session.everStored.has(tokens)) {
      world.violate('own-tokens', `${actor.name} got a token that ${session.label} never held`)
    }
    judgeLife(play, actor, session)
  } else {
    judgeFailure(play, actor, session, result.failure)
  }
}

export function judgeCheck(
  play: Play,
  actor: Actor,
  session: KnownSession,
  result: Result<SessionView | undefined, Failure>,
): void {
  if (!result.ok) {
    judgeFailure(play, actor, session, result.failure)
  } else if (result.value === undefined) {
    judgeEnd(play, actor, session)
  } else {
    if (result.value.claims.sub !== session.subject) {
      play.world.violate('own-tokens', `${actor.name} saw claims of another`)
    }
    judgeLife(play, actor, session)
  }
}

/** Whoever begins after a session ended finds none; nor does whoever ended it. */
function judgeLife({ world }: Play, actor: Actor, session: KnownSession): void {
  const { label, removedAt, removedBy, wasOver } = session
  if (removedAt !== undefined && (removedAt < actor.begunAt || removedBy === actor)) {
    world.violate('logout-wins', `${actor.name} used ${label} after its end`)
  }
  if (removedAt === undefined && !wasOver && world.isOver(session, actor.begunSecond)) {
    world.violate('limits', `${actor.name} used ${label} beyond its limits`)
  }
}

function judgeEnd({ world }: Play, actor: Actor, session: KnownSession): void {
  if (session.removedAt === undefined && !session.wasOver && !world.isOver(session, actor.clock.now())) {
    world.violate('told-truly', `${actor.name} was told that ${session.label} is over, which lives`)
  }
}

function judgeFailure(play: Play, actor: Actor, session: KnownSession, failure: Failure): void {
  const { world } = play
  switch (failure.code) {
    case 'session-required':
      judgeEnd(play, actor, session)
      break
    case 'session-unavailable':
      if (!actor.troubles.has('store')) {
        world.violate(
          'no-needless-failure',
          `${actor.name} was refused by a store that works: ${failure.cause}`,
        )
      }
      break
    case 'authorization-server-unavailable':
      if (!mayBeUnavailable(play, actor, failure.cause)) {
        world.violate(
          'no-needless-failure',
          `${actor.name} was refused by a server that works: ${failure.cause}`,
        )
      }
      break
    default:
      world.violate('no-needless-failure', `${actor.name} was answered ${failure.code}`)
  }
}

/** Where nothing goes wrong for anybody a refresh can only come too late to end in time. */
function mayBeUnavailable({ world: { scheduler } }: Play, actor: Actor, cause: string): boolean {
  if (actor.troubles.has('server') || cause === 'deadline') return true
  return (
    ['refresh-under-way', 'backing-off'].includes(cause) && (scheduler.mishaps > 0 || !scheduler.isTimely)
  )
}
