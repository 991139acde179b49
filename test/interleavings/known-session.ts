import type { RandomToken, SessionRowId } from '../../functions/domain/identifiers.ts'
import type { Actor } from './actor.ts'

/** What the observer knows of a session, beside what is in its row. */
export interface KnownSession {
  readonly label: string
  readonly rowId: SessionRowId
  readonly subject: string
  readonly sid: string
  /** Epoch milliseconds, by the clock of the instance where its login began. */
  readonly begunAt: number
  /** Known from the moment on when the login was answered: until then nobody can come with it. */
  identifier?: RandomToken
  /** The tokens that its row holds. */
  stored: IssuedTokens
  readonly everStored: Set<IssuedTokens>
  readonly uses: Use[]
  /** The number of the step by which it was removed. */
  removedAt?: number
  removedBy?: Actor
  /** Whether its idle expiry was moved when it had passed: by a request that began in time, and was slow. */
  wasOver?: boolean
}

/** One answer of the token endpoint. */
export interface IssuedTokens {
  readonly subject: string
  readonly refreshToken: RefreshToken
  readonly accessToken: string
  isRevocationAsked: boolean
}

export interface RefreshToken {
  readonly value: string
  readonly grant: { isRevoked: boolean }
  readonly uses: Use[]
  /** Epoch milliseconds. */
  firstUsedAt?: number
}

/** One use of a refresh token, from its arrival at the server on. */
export interface Use {
  readonly by: Actor
  readonly session: KnownSession
  readonly lease: Lease | undefined
  readonly made: IssuedTokens
  /** Absent if the server refused. */
  readonly brought?: IssuedTokens
  reply: 'under way' | 'told' | 'lost'
  isIdTokenWrong: boolean
  /** How often the store failed to store what it brought, and whether that excuses its loss: not while there is time. */
  failures: number
  isExcused: boolean
  /** Whether the store failed to answer a read since. */
  isInDoubt: boolean
}

export interface Lease {
  readonly owner: string
  /** Epoch seconds. */
  readonly until: number
}
