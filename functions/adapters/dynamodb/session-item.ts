import type { RandomToken, SessionRowId } from '../../domain/identifiers.ts'
import type { SessionRow } from '../../domain/session.ts'
import {
  binary,
  checkSchemaVersion,
  type Item,
  number,
  readBinary,
  readNumber,
  readText,
  text,
} from './item.ts'
import { CLEAN_UP_DELAY_SECONDS, SCHEMA_VERSION } from './table-schema.ts'

export function toSessionItem(row: SessionRow, writtenBy: RandomToken): Item {
  return {
    id: text(row.id),
    sealed: binary(row.sealed),
    idleExpiresAt: number(row.idleExpiresAt),
    absoluteExpiresAt: number(row.absoluteExpiresAt),
    expiresAt: number(row.absoluteExpiresAt + CLEAN_UP_DELAY_SECONDS),
    version: number(row.version),
    writtenBy: text(writtenBy),
    schemaVersion: number(SCHEMA_VERSION),
  }
}

/** @throws UnreadableRecord */
export function fromSessionItem(item: Item | undefined): SessionRow | undefined {
  if (item === undefined) return undefined
  checkSchemaVersion(item)
  return {
    id: readText(item, 'id') as SessionRowId,
    sealed: readBinary(item, 'sealed'),
    idleExpiresAt: readNumber(item, 'idleExpiresAt'),
    absoluteExpiresAt: readNumber(item, 'absoluteExpiresAt'),
    version: readNumber(item, 'version'),
    ...optionalNumber(item, 'refreshLeaseUntil'),
    ...(item.leaseOwner === undefined ? {} : { leaseOwner: readText(item, 'leaseOwner') }),
    ...optionalNumber(item, 'refreshNotBefore'),
    ...optionalNumber(item, 'refreshFailures'),
  }
}

function optionalNumber<Name extends string>(item: Item, name: Name): { readonly [name in Name]?: number } {
  return item[name] === undefined ? {} : ({ [name]: readNumber(item, name) } as { [name in Name]: number })
}
