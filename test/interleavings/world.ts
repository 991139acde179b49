import type { SessionRowId } from '../../functions/domain/identifiers.ts'
import type { Answer, MemoryDynamoDB, Statement } from '../support/memory-dynamodb.ts'
import type { Item } from '../support/memory-dynamodb-expressions.ts'
import type { Actor } from './actor.ts'
import { type Invariant, Violation } from './invariants.ts'
import type { IssuedTokens, KnownSession } from './known-session.ts'
import type { Scheduler } from './scheduler.ts'
import { rowOf } from './statement-name.ts'

/** Clocks of instances differ by up to so much. */
export const CLOCK_SKEW_MILLISECONDS = 2000
export const LOGIN_TABLE = 'LoginTransactions'
export const SESSION_TABLE = 'Sessions'

/** What a logout token asks for. */
export interface AskedLogout {
  readonly jti: string
  readonly kind: 'sub' | 'sid'
  readonly value: string
}

export interface WorldOptions extends WorldChanges {
  readonly scheduler: Scheduler
  readonly engine: MemoryDynamoDB
  readonly sessions: readonly KnownSession[]
}

/** What is not as it usually is. */
export interface WorldChanges {
  /** What becomes of a statement on its way into the engine. */
  readonly rewrite?: (statement: Statement) => Statement
  /** Whether a creation that was sent twice may land once more at any later time. */
  readonly mayCreateTwice?: boolean
  /** The only invariant that counts. */
  readonly looksFor?: Invariant
}

/** The tables, and whoever watches them: every change of a row is judged as it happens. */
export class World {
  readonly scheduler: Scheduler
  readonly sessions: KnownSession[]
  /** Epoch milliseconds by `jti`, as it was first noted. */
  readonly firstArrivals = new Map<string, number>()
  readonly logoutsDone: AskedLogout[] = []
  readonly mayCreateTwice: boolean
  readonly #looksFor: Invariant | undefined
  readonly #engine: MemoryDynamoDB
  readonly #rewrite: (statement: Statement) => Statement

  constructor(options: WorldOptions) {
    const {
      scheduler,
      engine,
      sessions,
      rewrite = (statement) => statement,
      mayCreateTwice = false,
    } = options
    this.mayCreateTwice = mayCreateTwice
    this.#looksFor = options.looksFor
    this.scheduler = scheduler
    this.sessions = [...sessions]
    this.#engine = engine
    this.#rewrite = rewrite
  }

  violate(invariant: Invariant, detail: string): void {
    if (invariant === (this.#looksFor ?? invariant)) this.scheduler.break(new Violation(invariant, detail))
  }

  /** Runs a statement of this actor, and judges what it changed. */
  apply(actor: Actor, statement: Statement): Answer {
    const { TableName: table = '' } = statement.input
    const id = rowOf(statement)
    const before = this.#engine.item(table, id)
    try {
      return this.#engine.run(this.#rewrite(statement))
    } finally {
      const after = this.#engine.item(table, id)
      if (after !== before) this.#watch(actor, table, id, before, after)
    }
  }

  rowAt(id: string): Item | undefined {
    return this.#engine.item(SESSION_TABLE, id)
  }

  sessionWith(tokens: IssuedTokens): KnownSession {
    const session = this.sessions.find(({ everStored }) => everStored.has(tokens))
    if (session === undefined) throw new Error('tokens of no session')
    return session
  }

  labelOf(id: string): string {
    const kind = /^(sub|sid|jti):/.exec(id)?.[1]
    return kind ?? this.sessions.find(({ rowId }) => rowId === id)?.label ?? 'a new session'
  }

  /** @param now epoch seconds. */
  isOver(session: KnownSession, now: number): boolean {
    const { idleExpiresAt, absoluteExpiresAt } = this.rowAt(session.rowId) ?? {}
    return Math.min(Number(idleExpiresAt?.N ?? 0), Number(absoluteExpiresAt?.N ?? 0)) <= now
  }

  #watch(actor: Actor, table: string, id: string, before: Item | undefined, after: Item | undefined): void {
    if (table === LOGIN_TABLE) this.#noteArrival(actor, after)
    else if (!/^s(?:ub|id):/.test(id)) this.#watchSession(actor, id as SessionRowId, before, after)
  }

  #noteArrival({ rights: { jti } }: Actor, after: Item | undefined): void {
    if (jti !== undefined && after?.arrivedAt !== undefined && !this.firstArrivals.has(jti)) {
      this.firstArrivals.set(jti, Number(after.arrivedAt.N))
    }
  }

  #watchSession(actor: Actor, id: SessionRowId, before: Item | undefined, after: Item | undefined): void {
    const session = this.sessions.find(({ rowId }) => rowId === id)
    if (before === undefined) this.#watchNew(actor, id, session)
    else if (session === undefined) throw new Error('a row that nobody made')
    else if (after === undefined) this.#watchRemoval(actor, session)
    else this.#watchChange(actor, session, before, after)
  }

  #watchNew(actor: Actor, id: SessionRowId, known: KnownSession | undefined): void {
    if (known !== undefined) this.violate('no-return', `${actor.name} brought ${known.label} back`)
    else if (actor.rights.opens === undefined) this.violate('no-return', `${actor.name} made a row`)
    else this.sessions.push(actor.rights.opens(id))
  }

  #watchRemoval(actor: Actor, session: KnownSession): void {
    if (!actor.rights.mayRemove(session, actor))
      this.violate('allowed-ends', `${actor.name} ended ${session.label}`)
    session.removedAt = this.scheduler.stepsTaken
    session.removedBy = actor
  }

  #watchChange(actor: Actor, session: KnownSession, before: Item, after: Item): void {
    this.#watchLease(actor, session, before, after)
    const isOver = Number(before.idleExpiresAt?.N) * 1000 <= this.scheduler.time + CLOCK_SKEW_MILLISECONDS
    if (isOver && after.idleExpiresAt !== before.idleExpiresAt) session.wasOver = true
    if (after.sealed !== before.sealed) this.#watchTokens(actor, session)
  }

  #watchLease(actor: Actor, session: KnownSession, before: Item, after: Item): void {
    const [owner, nextOwner] = [before.leaseOwner?.S, after.leaseOwner?.S]
    if (owner === nextOwner) return
    const isReplacement = after.sealed !== before.sealed && session.stored === actor.use?.made
    const lives = this.scheduler.time < Number(before.refreshLeaseUntil?.N) * 1000 - CLOCK_SKEW_MILLISECONDS
    if (lives && owner !== actor.lease?.owner && !isReplacement) {
      this.violate('own-lease', `${actor.name} freed the lease of another on ${session.label}`)
    }
    if (nextOwner !== undefined) {
      actor.lease = { owner: nextOwner, until: Number(after.refreshLeaseUntil?.N) }
    }
  }

  #watchTokens(actor: Actor, session: KnownSession): void {
    const { use } = actor
    if (use?.brought === undefined || use.session !== session) {
      this.violate(
        'own-tokens',
        `${actor.name} wrote tokens into ${session.label} that it did not get for it`,
      )
      return
    }
    if (session.stored !== use.made && session.stored !== use.brought) {
      this.violate('kept-tokens', `${actor.name} overwrote newer tokens of ${session.label}`)
    }
    session.stored = use.brought
    session.everStored.add(use.brought)
  }
}
