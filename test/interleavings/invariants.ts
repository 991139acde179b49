/** What must be true of every interleaving. */
export const INVARIANTS = {
  'used-once': 'a refresh token is used at most once by a live holder of the lease',
  'own-lease': 'a lease that lives is freed by nobody but its holder',
  'refreshed-once': 'tokens are refreshed only if they are about to expire, or were rejected',
  'kept-tokens': 'no refresh token that the server accepted as new is lost while the session lives',
  'no-return': 'no row of a session returns after it was removed, and only a login makes one',
  'own-tokens': "nobody gets another session's token",
  'allowed-ends': 'no session ends except for an allowed reason',
  'told-truly': 'nobody is told that a session is over which lives',
  'ended-grants': 'a session whose grant the server has ended, or that got an ID token of another, ends',
  limits: 'no session outlives its limits',
  'logout-wins': 'a logout ends every session whose login began before it, and no other',
  'in-time': 'every task that did not crash ends, by its deadline',
  'given-back': 'a lease is given back when its holder ends',
  revoked: 'tokens that a refresh got for a session which ended meanwhile are revoked',
  'living-tokens': 'no tokens of a session that lives are revoked',
  'no-needless-failure': 'what was done is told as done, and nobody is refused for what the SDK has repaired',
} as const

export type Invariant = keyof typeof INVARIANTS

export class Violation extends Error {
  readonly invariant: Invariant

  constructor(invariant: Invariant, detail: string) {
    super(`${INVARIANTS[invariant]}: ${detail}`)
    this.invariant = invariant
  }
}
