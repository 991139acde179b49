import { isBlameless, isLive } from './grants.ts'
import { judgeLogoutsDone } from './judge-logouts.ts'
import type { Use } from './known-session.ts'
import type { Play } from './play.ts'
import type { World } from './world.ts'

/** Judges what a run has come to, when nobody waits for a turn any more. */
export function judgeOutcome({ world, actors }: Play): void {
  for (const actor of actors) {
    if (actor.state === 'under way') world.violate('in-time', `${actor.name} waits for what never comes`)
  }
  judgeLogoutsDone(world)
  for (const use of world.sessions.flatMap(({ uses }) => uses)) judgeUse(world, use)
}

function judgeUse(world: World, use: Use): void {
  const { by, session, brought, isIdTokenWrong } = use
  if (brought === undefined || !isBlameless(use) || by.state !== 'ended' || isOvertaken(world, use)) return
  const isStored = session.everStored.has(brought)
  if (session.removedAt !== undefined) {
    const invariant = use.isInDoubt ? 'revoked-in-trouble' : 'revoked'
    // An instance that was frozen beyond its deadline has no time to ask the store again.
    if (use.isInDoubt && !world.scheduler.isTimely) return
    const isLeft = (!isStored || isIdTokenWrong) && !brought.isRevocationAsked
    if (isLeft) world.violate(invariant, `what ${by.name} got for ${session.label}, which ended, lives on`)
  } else if (!isStored && !isIdTokenWrong && isLive(world, use.lease, by.endedAt)) {
    world.violate('kept-tokens', `what ${by.name} got for ${session.label} is nowhere`)
  }
}

/** Where instances freeze, a lease may end before its refresh does: then any of two who refreshed may write first. */
function isOvertaken({ scheduler }: World, { session, made, brought }: Use): boolean {
  const isWrittenBefore = ({ made: from, brought: other }: Use) =>
    from === made && other !== undefined && other !== brought && session.everStored.has(other)
  return !scheduler.isTimely && session.uses.some(isWrittenBefore)
}
