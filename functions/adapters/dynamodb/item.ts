import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { NEWEST_READABLE_VERSION, OLDEST_READABLE_VERSION } from './table-schema.ts'

export type Item = Record<string, AttributeValue>

/** A row that this release does not understand: written by a much older or newer one, or damaged. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord'
}

export const text = (value: string): AttributeValue => ({ S: value })
export const number = (value: number): AttributeValue => ({ N: String(value) })
export const binary = (value: Uint8Array): AttributeValue => ({ B: value })

export function readText(item: Item, name: string): string {
  return item[name]?.S ?? unreadable(name)
}

export function readNumber(item: Item, name: string): number {
  const value = Number(item[name]?.N)
  return Number.isFinite(value) ? value : unreadable(name)
}

export function readBinary(item: Item, name: string): Uint8Array {
  return item[name]?.B ?? unreadable(name)
}

/** @throws UnreadableRecord unless the row's schema version is one that this release reads. */
export function checkSchemaVersion(item: Item): void {
  const version = readNumber(item, 'schemaVersion')
  if (version < OLDEST_READABLE_VERSION || version > NEWEST_READABLE_VERSION) unreadable('schemaVersion')
}

function unreadable(attribute: string): never {
  throw new UnreadableRecord(
    `The attribute ${attribute} is missing or not of the form that this release reads.`,
  )
}
