import type { TokenSet } from '../domain/session.ts'
import type { DiscoveredServer } from './authorization-server.ts'
import type { Call } from './ports.ts'

/** Best effort: nobody needs these tokens any more, and nothing waits for their end. @see RFC 7009 section 2 */
export async function revokeTokens(server: DiscoveredServer, tokens: TokenSet, call: Call): Promise<void> {
  const cause = await server.revoke(tokens, call.deadlineAt)
  if (cause !== undefined) call.record({ event: 'token-revocation-failed', cause })
}
