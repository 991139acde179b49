import type { StorePace } from '../adapters/dynamodb/client.ts'
import { AUTHORIZER_RESPONSES, type AuthorizerResponse } from './authorizer-answer.ts'
import type { AuthorizerDependencies } from './authorizer-handler.ts'
import { composeShared, type Surroundings } from './composition.ts'
import { oneOf } from './setting-rules.ts'
import { readSettings, type Settings } from './settings.ts'
import { createSettingsReader, describeProblems, type Environment } from './settings-reader.ts'

export interface AuthorizerSettings extends Settings {
  readonly response: AuthorizerResponse
}

/** @throws Error with every problem, one a line: a function that is not fully configured must not start. */
export function authorizerSettingsOrThrow(environment: Environment): AuthorizerSettings {
  const read = createSettingsReader(environment)
  const response = read.optional('BFF_AUTHORIZER_RESPONSE', oneOf(AUTHORIZER_RESPONSES), 'simple')
  const settings = readSettings(environment)
  const problems = [...(settings.ok ? [] : settings.failure), ...read.problems]
  if (settings.ok && problems.length === 0) return { ...settings.value, response }
  throw new Error(`The configuration is not usable.\n${describeProblems(problems)}`)
}

/** A gateway waits 10 s for an authorizer: a refresh fits if each of its legs is shorter than elsewhere. */
const PACE: StorePace = { attempts: 2, connectionMilliseconds: 250, requestMilliseconds: 500 }
const LONGEST_ANSWER_MILLISECONDS = 3000

/** Puts together what the authorizer needs: it can neither log in nor out. */
export function composeAuthorizer(
  settings: AuthorizerSettings,
  surroundings: Surroundings = {},
): AuthorizerDependencies {
  const { publicOrigin, response, authorizationServerTimeoutMilliseconds } = settings
  const hurried = {
    ...settings,
    authorizationServerTimeoutMilliseconds: Math.min(
      authorizationServerTimeoutMilliseconds,
      LONGEST_ANSWER_MILLISECONDS,
    ),
  }
  return { ...composeShared(hurried, surroundings, PACE).shared, publicOrigin, response }
}
