import type { AccessToken, Session } from './session.ts'

const SHORTEST_REMAINDER_SECONDS = 60

/** The token for this audience: one that was issued for another is none. */
export function accessTokenOf({ tokens }: Session, audienceName: string): AccessToken | undefined {
  return Object.hasOwn(tokens.accessTokens, audienceName) ? tokens.accessTokens[audienceName] : undefined
}

/** A token of unknown lifetime counts as live until an upstream rejects it. */
export function isLive({ expiresAt }: AccessToken, now: number): boolean {
  return expiresAt === undefined || now < expiresAt
}

/** Whether less than a minute of its life is left, or less than a tenth of it if that is shorter. */
export function isDueForRefresh({ expiresAt, receivedAt }: AccessToken, now: number): boolean {
  if (expiresAt === undefined) return false
  const remainder = Math.min(SHORTEST_REMAINDER_SECONDS, (expiresAt - receivedAt) / 10)
  return expiresAt - now < remainder
}

const BETWEEN_REJECTIONS_SECONDS = 60

/** Whether an upstream's rejection of a live token is worth a refresh: at most once a minute per session. */
export function mayRefreshRejected({ tokens, rejectedAt }: Session, now: number): boolean {
  return (
    tokens.refreshToken !== undefined &&
    (rejectedAt === undefined || now - rejectedAt >= BETWEEN_REJECTIONS_SECONDS)
  )
}
