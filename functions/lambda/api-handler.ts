import { type ApiDependencies, buildApiApp } from '../adapters/http/api-app.ts'
import { createHttpHandler, type HttpHandler } from './http-handler.ts'

export function createApiHandler(deps: ApiDependencies): HttpHandler {
  return createHttpHandler(buildApiApp(deps), deps)
}
