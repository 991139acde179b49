/**
 * What the tables look like, in one place for the functions that use them and the stack that makes them.
 * `docs/storage-schema.md` describes the records.
 */
export const LOGIN_TABLE = { partitionKey: 'id', timeToLive: 'ttl' } as const
export const SESSION_TABLE = { partitionKey: 'id', timeToLive: 'expiresAt' } as const

/** The only operations on each table, by what their statements need. Only a login opens a session. */
export const LOGIN_TABLE_ACTIONS = ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem'] as const
export const USE_SESSION_ACTIONS = ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'] as const
export const OPEN_SESSION_ACTIONS = [...USE_SESSION_ACTIONS, 'dynamodb:PutItem'] as const

/** Row ids of the index: whoever only uses sessions has no business with them. */
export const INDEX_ROWS = ['sub:*', 'sid:*'] as const

/** Rows outlive their expiry by this much, so that no clock's error deletes a live one. */
export const CLEAN_UP_DELAY_SECONDS = 24 * 60 * 60

/** Written into every row. A release reads its own version and its two neighbours. */
export const SCHEMA_VERSION = 1
export const OLDEST_READABLE_VERSION = SCHEMA_VERSION - 1
export const NEWEST_READABLE_VERSION = SCHEMA_VERSION + 1
