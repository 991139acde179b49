import type { Actor } from './actor.ts'
import { isBlameless, isLive } from './grants.ts'
import { judgeLogoutsDone } from './judge-logouts.ts'
import type { IssuedTokens, KnownSession, Use } from './known-session.ts'
import type { World } from './world.ts'

/** Judges how a task has ended. */
export function judgeActor(world: World, actor: Actor): void {
  const { name, clock, deadlineAt, troubles, lease } = actor
  const late = clock.milliseconds() - deadlineAt
  if (world.scheduler.isTimely && late > 0) world.violate('in-time', `${name} is ${late} ms late`)
  const isHolder = ({ rowId }: KnownSession) => world.rowAt(rowId)?.leaseOwner?.S === lease?.owner
  if (lease !== undefined && !troubles.has('store') && world.sessions.some(isHolder)) {
    world.violate('given-back', `${name} has ended, and still holds a lease`)
  }
}

/** Judges what a run has come to, when nobody waits for a turn any more. */
export function judgeOutcome(world: World, actors: readonly Actor[]): void {
  for (const { name, state } of actors) {
    if (state === 'under way') world.violate('in-time', `${name} waits for what never comes`)
  }
  judgeLogoutsDone(world)
  for (const use of world.sessions.flatMap(({ uses }) => uses)) {
    if (use.by.state === 'ended' && use.reply === 'told') judgeUse(world, use)
  }
}

function judgeUse(world: World, use: Use): void {
  const { by, session, made, brought, isIdTokenWrong } = use
  if (session.removedAt !== undefined) {
    if (brought !== undefined) judgeRevocation(world, use, brought)
  } else if (brought === undefined || isIdTokenWrong) {
    const isStored = session.stored === made || session.stored === brought
    if (isStored && !by.troubles.has('store'))
      world.violate('ended-grants', `${by.name} left ${session.label}`)
  } else if (isBlameless(use) && !session.everStored.has(brought) && !isOvertaken(world, use)) {
    if (isLive(world, use.lease, by.endedAt)) {
      world.violate('kept-tokens', `what ${by.name} got for ${session.label} is nowhere`)
    }
  }
}

function judgeRevocation(world: World, use: Use, brought: IssuedTokens): void {
  const { by, session, isIdTokenWrong, isInDoubt } = use
  const isLeft = (isIdTokenWrong || !session.everStored.has(brought)) && !brought.isRevocationAsked
  // An instance that was frozen beyond its deadline has no time to ask the store again.
  const isLost = !isBlameless(use) || isOvertaken(world, use) || (isInDoubt && !world.scheduler.isTimely)
  if (isLeft && !isLost)
    world.violate('revoked', `what ${by.name} got for ${session.label}, which ended, lives on`)
}

/** Where instances freeze, a lease may end before its refresh does: then any of two who refreshed may write first. */
function isOvertaken({ scheduler }: World, { session, made, brought }: Use): boolean {
  const isWrittenBefore = ({ made: from, brought: other }: Use) =>
    from === made && other !== undefined && other !== brought && session.everStored.has(other)
  return !scheduler.isTimely && session.uses.some(isWrittenBefore)
}
