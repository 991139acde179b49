import { type Rule, snippet } from './rule.ts'
import { functionBodies } from './source-code.ts'

const LINES_OF_A_FILE = 200
const LINES_OF_A_FUNCTION = 40
/** Names of drawers, into which anything goes. */
const DRAWER = /(?:^|[/.-])(?:utils?|helpers?|commons?|managers?|services?|misc|types?)(?=[/.-])/

export const SHAPE_RULES: readonly Rule[] = [
  {
    statement: `A file has at most ${LINES_OF_A_FILE} lines; a longer one holds more than one thing`,
    brokenBy: [snippet('infra/a.ts', ...Array<string>(LINES_OF_A_FILE + 1).fill('f()'))],
    check: (files) =>
      files
        .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
        .filter(({ lines }) => lines > LINES_OF_A_FILE)
        .map(({ path, lines }) => `${path} has ${lines} lines`),
  },
  {
    statement: `A function has at most ${LINES_OF_A_FUNCTION} lines; a longer one does more than one thing`,
    brokenBy: [
      snippet('dev/a.ts', 'function a() {', ...Array<string>(LINES_OF_A_FUNCTION - 1).fill('  f()'), '}'),
    ],
    check: (files) =>
      files
        .filter(({ path }) => !path.endsWith('.d.ts'))
        .flatMap((file) => functionBodies(file).map((body) => ({ ...body, path: file.path })))
        .filter(({ lines }) => lines > LINES_OF_A_FUNCTION)
        .map(({ path, firstLine, lines }) => `${path}:${firstLine} begins a function of ${lines} lines`),
  },
  {
    statement:
      'A file is named after what is in it, and nothing is a drawer: no util, helper, common, manager, service, misc, types',
    brokenBy: [
      'functions/domain/util.ts',
      'functions/domain/string-utils.ts',
      'functions/adapters/http/helpers.ts',
      'functions/common/a.ts',
      'infra/table-manager.ts',
      'functions/flows/login-service.ts',
      'dev/misc/a.ts',
      'functions/flows/types.ts',
      'dev/session.types.ts',
    ].map((path) => snippet(path, '')),
    check: (files) =>
      files.filter(({ path }) => DRAWER.test(path)).map(({ path }) => `${path} names a drawer`),
  },
  {
    statement: 'There are no barrels: what a file needs it imports from where it is',
    brokenBy: [snippet('functions/domain/index.ts', ''), snippet('infra/index.mts', '')],
    check: (files) =>
      files.filter(({ path }) => /(?:^|\/)index\.\w+$/.test(path)).map(({ path }) => `${path} is a barrel`),
  },
]
