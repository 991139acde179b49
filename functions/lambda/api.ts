import { composeApi } from './api-composition.ts'
import { createApiHandler } from './api-handler.ts'
import { settingsOrThrow } from './settings.ts'

/** Entry point of the `api` function: calls of the application to its APIs. */
export const handler = createApiHandler(composeApi(settingsOrThrow(process.env)))
