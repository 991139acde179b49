import { createAuthHandler } from './auth-handler.ts'
import { compose } from './composition.ts'
import { settingsOrThrow } from './settings.ts'

/** Entry point of the `auth` function: login, callback, session, logout. */
export const handler = createAuthHandler(compose(settingsOrThrow(process.env)))
