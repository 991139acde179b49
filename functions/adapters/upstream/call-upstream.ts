import { fail } from '../../domain/result.ts'
import type { CallUpstream } from '../../flows/call-upstream.ts'
import type { Clock } from '../../flows/ports.ts'

export function createUpstreamCaller(_clock: Clock): CallUpstream {
  return async () => fail({ code: 'upstream-timeout' })
}
