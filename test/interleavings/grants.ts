import type { Actor } from './actor.ts'
import type { IssuedTokens, KnownSession, Lease, RefreshToken, Use } from './known-session.ts'
import { CLOCK_SKEW_MILLISECONDS, type World } from './world.ts'

/** What becomes of a refresh token that was used: a new one, which the old one outlives for a while or not; or nothing. */
export type Rotation = 'strict' | 'with grace' | 'none'

const GRACE_MILLISECONDS = 10_000

/** The state of the authorization server. A refresh token that is used again where it must not be ends its grant. */
export class Grants {
  readonly #rotation: Rotation
  readonly #issued = new Map<string, IssuedTokens>()

  constructor(rotation: Rotation) {
    this.#rotation = rotation
  }

  /** Tokens of a new grant. */
  begin(subject: string): IssuedTokens {
    return this.#issue(subject, { value: this.#newValue('refresh'), grant: { isRevoked: false }, uses: [] })
  }

  issuedWith(accessToken: string): IssuedTokens {
    const issued = this.#issued.get(accessToken)
    if (issued === undefined) throw new Error('an access token that was never issued')
    return issued
  }

  use(world: World, by: Actor, session: KnownSession, made: IssuedTokens): Use {
    const { refreshToken } = made
    this.#judge(world, by, session, made)
    const brought = this.#answer(made, world.scheduler.time)
    const use: Use = {
      by,
      session,
      made,
      lease: by.lease,
      ...(brought === undefined ? {} : { brought }),
      reply: 'under way',
      isIdTokenWrong: false,
      failures: 0,
      isExcused: false,
      isInDoubt: false,
    }
    refreshToken.uses.push(use)
    session.uses.push(use)
    by.use = use
    return use
  }

  #answer({ subject, refreshToken }: IssuedTokens, now: number): IssuedTokens | undefined {
    const { grant, firstUsedAt } = refreshToken
    if (grant.isRevoked) return undefined
    if (this.#rotation === 'none') return this.#issue(subject, refreshToken)
    refreshToken.firstUsedAt ??= now
    const isReused = firstUsedAt !== undefined
    const isForgiven = this.#rotation === 'with grace' && now - (firstUsedAt ?? now) < GRACE_MILLISECONDS
    if (isReused && !isForgiven) {
      grant.isRevoked = true
      return undefined
    }
    return this.#issue(subject, { value: this.#newValue('refresh'), grant, uses: [] })
  }

  #issue(subject: string, refreshToken: RefreshToken): IssuedTokens {
    const issued = { subject, refreshToken, accessToken: this.#newValue('access'), isRevocationAsked: false }
    this.#issued.set(issued.accessToken, issued)
    return issued
  }

  #newValue(kind: string): string {
    return `${kind}-${this.#issued.size}`
  }

  #judge(world: World, by: Actor, session: KnownSession, made: IssuedTokens): void {
    if (!isLive(world, by.lease)) return
    for (const use of session.uses) {
      if (use.by === by || !isLive(world, use.lease)) continue
      // A lease is of one version: what was stored meanwhile has ended it.
      const isOfOneVersion = use.made === session.stored && made === session.stored
      if (use.reply === 'under way' && use.by.state === 'under way' && isOfOneVersion) {
        world.violate(
          'used-once',
          `${use.by.name} and ${by.name} use tokens of ${session.label} at the same time`,
        )
      }
      const isReuse = this.#rotation !== 'none' && use.made.refreshToken === made.refreshToken
      if (isReuse && use.brought !== undefined && isBlameless(use)) {
        world.violate('used-once', `${by.name} uses what ${use.by.name} had used in ${session.label}`)
      }
    }
  }
}

/** Whether all went well with it, so that what it brought must not be lost. */
export function isBlameless(use: Use): boolean {
  return use.reply === 'told' && !use.isExcused && use.by.state !== 'crashed'
}

/** Where nobody is frozen every refresh ends within its lease. */
export function isLive({ scheduler }: World, lease: Lease | undefined, at = scheduler.time): boolean {
  if (lease === undefined || scheduler.isTimely) return true
  return at < lease.until * 1000 - CLOCK_SKEW_MILLISECONDS
}
