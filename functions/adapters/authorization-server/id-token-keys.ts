import { createLocalJWKSet, type JWK } from 'jose'
import type { Clock } from '../../flows/ports.ts'
import type { OutboundFetch } from './outbound.ts'
import { createRecentCopy, type RecentCopy } from './recent-copy.ts'

export type KeySet = ReturnType<typeof createLocalJWKSet>

export interface IdTokenKeys {
  get(jwksUri: string, deadlineAt: number): Promise<KeySet>
  /**
   * For a token whose key is not in the set: the server may have rotated its keys this very second. Asks at once,
   * within a budget that tokens with invented keys cannot exceed.
   * @returns undefined if the budget is used up.
   */
  getAnew(jwksUri: string, deadlineAt: number): Promise<KeySet | undefined>
}

const FRESH_SECONDS = 300
const STALE_SECONDS = 24 * 60 * 60
const BUDGET = 5
const BUDGET_REFILL_SECONDS = 60

/** One key set, and what each use of it may do to get a newer one. */
export interface IssuerKeys {
  readonly forIdTokens: IdTokenKeys
  /** Strangers can send logout tokens: what they use up is not missing at a login. */
  readonly forLogoutTokens: IdTokenKeys
  /** Never asks the server. */
  readonly atHand: IdTokenKeys
}

/** The keys that the authorization server signs with. @see OpenID Connect Core 1.0 section 10.1.1 */
export function createIssuerKeys(clock: Clock, outbound: (deadlineAt: number) => OutboundFetch): IssuerKeys {
  let source: { readonly uri: string; readonly copy: RecentCopy<KeySet> } | undefined

  function copyFrom(uri: string): RecentCopy<KeySet> {
    if (source?.uri !== uri) {
      const limits = { freshSeconds: FRESH_SECONDS, staleSeconds: STALE_SECONDS }
      source = {
        uri,
        copy: createRecentCopy(limits, clock, (deadlineAt) => fetchKeys(outbound(deadlineAt), uri)),
      }
    }
    return source.copy
  }

  function withBudget(): IdTokenKeys {
    const budget = createBudget(clock)
    return {
      get: (jwksUri, deadlineAt) => copyFrom(jwksUri).get(deadlineAt),
      getAnew: async (jwksUri, deadlineAt) =>
        budget.take() ? copyFrom(jwksUri).renew(deadlineAt) : undefined,
    }
  }

  async function fresh(jwksUri: string): Promise<KeySet> {
    const keys = copyFrom(jwksUri).fresh()
    if (keys === undefined) throw new TypeError('No key set is at hand.')
    return keys
  }

  return {
    forIdTokens: withBudget(),
    forLogoutTokens: withBudget(),
    atHand: { get: fresh, getAnew: () => Promise.reject(new TypeError('The server is not asked.')) },
  }
}

async function fetchKeys(fetchOne: OutboundFetch, uri: string): Promise<KeySet> {
  const response = await fetchOne(uri, { headers: { accept: 'application/jwk-set+json, application/json' } })
  if (response.status !== 200) throw new TypeError('The key set was not served.')
  const body: unknown = await response.json()
  const keys = (body as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys)) throw new TypeError('The key set is malformed.')
  return createLocalJWKSet({ keys: keys.filter(isKey) })
}

/** One odd member must not cost the whole set. */
function isKey(key: unknown): key is JWK {
  return typeof key === 'object' && key !== null && typeof (key as JWK).kty === 'string'
}

function createBudget(clock: Clock) {
  let left = BUDGET
  let countedAt = clock.now()
  return {
    take(): boolean {
      const refilled = Math.floor((clock.now() - countedAt) / BUDGET_REFILL_SECONDS)
      left = Math.min(BUDGET, left + refilled)
      countedAt = left === BUDGET ? clock.now() : countedAt + refilled * BUDGET_REFILL_SECONDS
      if (left === 0) return false
      left -= 1
      return true
    },
  }
}
