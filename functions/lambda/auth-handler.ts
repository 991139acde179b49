import { buildApp } from '../adapters/http/app.ts'
import type { HttpDependencies } from '../adapters/http/app-context.ts'
import { createHttpHandler, type HttpHandler } from './http-handler.ts'

export function createAuthHandler(deps: HttpDependencies): HttpHandler {
  return createHttpHandler(buildApp(deps), deps)
}
