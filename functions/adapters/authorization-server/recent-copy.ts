import type { Clock } from '../../flows/ports.ts'

export interface RecentCopyLimits {
  /** A copy younger than this is used without asking. */
  readonly freshSeconds: number
  /** A copy younger than this is used when asking fails. */
  readonly staleSeconds: number
}

export interface RecentCopy<T> {
  /** @throws what the fetch throws, if there is no copy young enough to do without it. */
  get(deadlineAt: number): Promise<T>
  /** The copy, if there is one that `get` would use without asking. */
  fresh(): T | undefined
  /** Asks at once, whatever copy there is. @throws what the fetch throws. */
  renew(deadlineAt: number): Promise<T>
}

/** Between two questions, while they fail. */
const PAUSE_SECONDS = 30

/** Keeps the last good answer of `fetchOne`. Callers that ask at the same time share one fetch. */
export function createRecentCopy<T>(
  limits: RecentCopyLimits,
  clock: Clock,
  fetchOne: (deadlineAt: number) => Promise<T>,
): RecentCopy<T> {
  let copy: { readonly value: T; readonly fetchedAt: number } | undefined
  let askAgainAt = 0
  let underWay: Promise<T> | undefined

  async function ask(deadlineAt: number): Promise<T> {
    askAgainAt = clock.now() + PAUSE_SECONDS
    try {
      const value = await fetchOne(deadlineAt)
      copy = { value, fetchedAt: clock.now() }
      askAgainAt = clock.now() + limits.freshSeconds
      return value
    } finally {
      underWay = undefined
    }
  }

  const renew = (deadlineAt: number) => (underWay ??= ask(deadlineAt))
  const usableCopy = () => (copy && clock.now() - copy.fetchedAt < limits.staleSeconds ? copy : undefined)

  const fresh = () => (clock.now() < askAgainAt ? usableCopy()?.value : undefined)

  async function get(deadlineAt: number): Promise<T> {
    const usable = usableCopy()
    if (usable !== undefined && clock.now() < askAgainAt) return usable.value
    try {
      return await renew(deadlineAt)
    } catch (error) {
      if (usable === undefined) throw error
      return usable.value
    }
  }

  return { get, fresh, renew }
}
