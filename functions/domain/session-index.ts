import { createHmac } from 'node:crypto'
import type { SessionRowId } from './identifiers.ts'

/** What a logout token may name: all sessions of a subject, or the one with this `sid`. */
export interface IndexKey {
  readonly kind: 'sub' | 'sid'
  readonly issuer: string
  readonly value: string
}

/** A session as its index rows know it. */
export interface IndexedSession {
  readonly id: SessionRowId
  /** Epoch milliseconds: when its login began. */
  readonly begunAt: number
  /** Epoch seconds: when it is over at the latest. */
  readonly absoluteExpiresAt: number
}

/** The keys under which a session can be found without its cookie. */
export function indexKeysOf(issuer: string, subject: string, sid: unknown): readonly IndexKey[] {
  const bySubject = { kind: 'sub', issuer, value: subject } as const
  return typeof sid === 'string' ? [bySubject, { kind: 'sid', issuer, value: sid }] : [bySubject]
}

/** Row id of an index row; says nothing of the subject to whoever lacks the deployment's secret. */
export function indexRowId(secret: string, { kind, issuer, value }: IndexKey): string {
  const mac = createHmac('sha256', secret)
    .update(lengthPrefixed([kind, issuer, value]))
    .digest('base64url')
  return `${kind}:${mac}`
}

/** Joins parts so that no two lists of parts become the same octets. */
export function lengthPrefixed(parts: readonly string[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(Buffer.byteLength(part))
      return [length, Buffer.from(part)]
    }),
  )
}

/** A secret for index rows where a deployment has none of its own. */
export function derivedIndexSecret(clientSecret: string): string {
  return createHmac('sha256', clientSecret).update('serverless-bff/session-index/v1').digest('base64url')
}
