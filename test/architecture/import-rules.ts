import { type Import, importCycles, importsOf } from './imports.ts'
import { isUnder, type Rule, snippet } from './rule.ts'
import type { SourceFile } from './source-code.ts'

/** From the inside out: each may import itself and what stands before it. */
const LAYERS = ['functions/domain', 'functions/flows', 'functions/adapters', 'functions/lambda', 'infra']

/** All that the stack may know of the functions: literals that both share, and the rules of the settings. */
const KNOWN_TO_INFRA = [
  'functions/adapters/dynamodb/table-schema.ts',
  'functions/domain/result.ts',
  'functions/lambda/setting-rules.ts',
  'functions/lambda/settings-reader.ts',
  'functions/lambda/settings.ts',
]

/** The rooms in which each package may be imported; `types` are rooms that may name its types and load nothing. */
const ROOMS: {
  readonly [name: string]: { readonly values: readonly string[]; readonly types?: readonly string[] }
} = {
  '@aws-sdk/client-dynamodb': {
    values: ['functions/adapters/dynamodb', 'dev'],
    types: ['functions/lambda/composition.ts'],
  },
  '@aws-sdk/client-secrets-manager': { values: ['functions/adapters/secrets'] },
  '@middy/core': { values: ['functions/lambda'] },
  'aws-cdk-lib': { values: ['infra'] },
  'aws-lambda': { values: [], types: ['functions/lambda', 'dev'] },
  constructs: { values: ['infra'] },
  dynalite: { values: ['dev'] },
  esbuild: { values: ['infra/bundling', 'dev'] },
  hono: { values: ['functions/adapters/http', 'dev'], types: ['functions/lambda/http-handler.ts'] },
  jose: { values: ['functions/adapters/authorization-server', 'dev/authorization-server'] },
  oauth4webapi: { values: ['functions/adapters/authorization-server'] },
  'oidc-provider': { values: ['dev/authorization-server'], types: ['dev'] },
}

export const IMPORT_RULES: readonly Rule[] = [
  {
    statement: 'Imports point one way: domain ← flows ← adapters ← lambda ← infra',
    brokenBy: [
      snippet('functions/domain/a.ts', "import type { Clock } from '../flows/ports.ts'"),
      snippet('functions/flows/a.ts', "import { b } from '../adapters/system/b.ts'"),
      snippet('functions/adapters/http/a.ts', "export { b } from '../../lambda/b.ts'"),
      snippet('functions/lambda/a.ts', "const b = await import('../../infra/b.ts')"),
    ],
    check: everyImport(({ from, target }) => {
      const [importer, imported] = [layerOf(from), layerOf(target)]
      return importer === -1 || imported <= importer
    }),
  },
  {
    statement: 'Adapters never import each other: what two of them need is a port or a rule of the domain',
    brokenBy: [snippet('functions/adapters/http/a.ts', "import { b } from '../dynamodb/b.ts'")],
    check: everyImport(({ from, target }) => {
      const [importer, imported] = [adapterOf(from), adapterOf(target)]
      return importer === undefined || imported === undefined || importer === imported
    }),
  },
  {
    statement: 'The domain imports no package, and of node only node:crypto',
    brokenBy: [
      snippet('functions/domain/a.ts', "import { decodeJwt } from 'jose'"),
      snippet('functions/domain/b.ts', "import type { Context } from 'hono'"),
      snippet('functions/domain/c.ts', "import { readFileSync } from 'node:fs'"),
    ],
    check: everyImport(
      ({ from, isOurs, target }) =>
        !isUnder(from, ['functions/domain']) || isOurs || target === 'node:crypto',
    ),
  },
  {
    statement: 'Flows import only the domain and each other: no package, nothing of node',
    brokenBy: [
      snippet('functions/flows/a.ts', "import { randomBytes } from 'node:crypto'"),
      snippet('functions/flows/b.ts', "import type { Client } from 'oauth4webapi'"),
    ],
    check: everyImport(
      ({ from, target }) =>
        !isUnder(from, ['functions/flows']) || isUnder(target, ['functions/domain', 'functions/flows']),
    ),
  },
  {
    statement: 'What is deployed never imports dev/ or test/',
    brokenBy: [
      snippet('functions/lambda/a.ts', "import { b } from '../../dev/b.ts'"),
      snippet('infra/a.ts', "import type { B } from '../test/support/b.ts'"),
    ],
    check: everyImport(
      ({ from, target }) => !isUnder(from, ['functions', 'infra']) || !isUnder(target, ['dev', 'test']),
    ),
  },
  {
    statement: `Of the functions, infra imports only ${KNOWN_TO_INFRA.join(', ')}`,
    brokenBy: [snippet('infra/a.ts', "import { compose } from '../functions/lambda/composition.ts'")],
    check: everyImport(
      ({ from, target }) =>
        !isUnder(from, ['infra']) || !isUnder(target, ['functions']) || KNOWN_TO_INFRA.includes(target),
    ),
  },
  {
    statement: 'Every package has its room, and a new one is given a room here before it is used',
    brokenBy: [
      snippet('functions/lambda/a.ts', "import { Hono } from 'hono'"),
      snippet('functions/adapters/http/a.ts', "import { decodeJwt } from 'jose'"),
      snippet('functions/adapters/system/a.ts', "import middy from '@middy/core'"),
      snippet('functions/lambda/composition.ts', "import { DynamoDBClient } from '@aws-sdk/client-dynamodb'"),
      snippet('functions/adapters/dynamodb/a.ts', "import '@aws-sdk/client-secrets-manager'"),
      snippet('functions/adapters/secrets/a.ts', "import * as as from 'oauth4webapi'"),
      snippet('functions/adapters/http/b.ts', "import { merge } from 'lodash/merge'"),
    ],
    check: everyImport((found) => found.isOurs || found.target.startsWith('node:') || isInItsRoom(found)),
  },
  {
    statement: 'No file loads itself through others: types may form a circle, values may not',
    brokenBy: [
      snippet('functions/flows/a.ts', "import { b } from './b.ts'"),
      snippet('functions/flows/b.ts', "import { type C, c } from './c.ts'"),
      snippet('functions/flows/c.ts', "export { a } from './a.ts'"),
    ],
    check: (files) => importCycles(files).map((cycle) => cycle.join(' → ')),
  },
]

function everyImport(isAllowed: (found: Import) => boolean) {
  return (files: readonly SourceFile[]) =>
    files
      .flatMap(importsOf)
      .filter((found) => !isAllowed(found))
      .map(({ from, line, target }) => `${from}:${line} imports ${target}`)
}

function layerOf(path: string): number {
  return LAYERS.findIndex((layer) => isUnder(path, [layer]))
}

function adapterOf(path: string): string | undefined {
  return /^functions\/adapters\/([^/]+)\//.exec(path)?.[1]
}

function isInItsRoom({ from, isTypeOnly, target }: Import): boolean {
  const { values = [], types = [] } = ROOMS[target] ?? {}
  return isUnder(from, values) || (isTypeOnly && isUnder(from, types))
}
