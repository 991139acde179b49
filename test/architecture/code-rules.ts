import { isUnder, type Rule, snippet } from './rule.ts'
import { codeOf, lineAt, type SourceFile } from './source-code.ts'

const PURE = ['functions/domain', 'functions/flows']

export const CODE_RULES: readonly Rule[] = [
  {
    statement:
      'The domain and the flows have no clock of their own: `now` is a parameter, or comes from a port',
    brokenBy: [
      snippet('functions/domain/a.ts', 'const now = Date.now()'),
      snippet('functions/domain/b.ts', 'const today = new Date ()'),
      snippet('functions/flows/c.ts', 'setTimeout(f, 1)'),
    ],
    check: noCode(
      PURE,
      /\bDate\s*\.\s*now\b|\bnew\s+Date\b|\bperformance\s*\.|\bset(?:Timeout|Interval)\s*\(/g,
    ),
  },
  {
    statement:
      'The domain and the flows have no randomness of their own: it is a parameter, or comes from a port',
    brokenBy: [
      snippet('functions/domain/a.ts', 'const x = Math.random()'),
      snippet('functions/domain/b.ts', "import { randomBytes } from 'node:crypto'"),
      snippet('functions/flows/c.ts', 'const id = crypto.randomUUID()'),
    ],
    check: noCode(PURE, /\bMath\s*\.\s*random\b|\brandom(?:Bytes|UUID|Int|Fill\w*)\b|\bgetRandomValues\b/g),
  },
  {
    statement: 'The domain and the flows reach neither the process nor the network',
    brokenBy: [
      snippet('functions/domain/a.ts', 'const secret = process.env.SECRET'),
      snippet('functions/domain/b.ts', 'await fetch (url)'),
      snippet('functions/flows/c.ts', 'globalThis.fetch(url)'),
    ],
    check: noCode(PURE, /\bprocess\s*[.[]|\bfetch\s*\(|\bglobalThis\b|\bconsole\s*\./g),
  },
  {
    statement: 'The domain knows no HTTP: neither Request nor Response nor Headers',
    brokenBy: [
      snippet('functions/domain/a.ts', 'function refuse(request: Request): boolean {}'),
      snippet('functions/domain/b.ts', "const headers = new Headers([['a', 'b']])"),
      snippet('functions/domain/c.ts', 'const answer: Promise<Response> = x'),
    ],
    check: noCode(['functions/domain'], /\b(?:Request|Response|Headers)\b/g),
  },
  {
    statement:
      'Randomness comes from one place, the CSPRNG behind the Entropy port; no UUID is a secret [AR-04]',
    brokenBy: [
      snippet('functions/lambda/a.ts', "import { randomUUID } from 'node:crypto'"),
      snippet('functions/adapters/http/a.ts', 'const nonce = crypto.randomUUID()'),
      snippet('functions/adapters/dynamodb/a.ts', 'const attempt = randomBytes(32)'),
      snippet('functions/adapters/http/b.ts', 'const jitter = Math.random()'),
      snippet('functions/adapters/system/entropy.ts', 'export const token = () => randomUUID()'),
    ],
    check: (files) => [
      ...noCode(['functions'], /\brandomUUID\b|\bMath\s*\.\s*random\b/g)(files),
      ...noCode(
        ['functions'],
        /\brandom(?:Bytes|Int|Fill\w*)\b|\bgetRandomValues\b/g,
      )(files.filter(({ path }) => path !== 'functions/adapters/system/entropy.ts')),
    ],
  },
  {
    statement: 'Certificates are checked on every connection, in every environment [TE-11]',
    brokenBy: [
      snippet('dev/a.ts', 'const agent = new Agent({ rejectUnauthorized: false })'),
      snippet('functions/lambda/a.ts', "process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'"),
      snippet('infra/a.ts', 'const environment = { NODE_TLS_REJECT_UNAUTHORIZED: `0` }'),
      snippet('functions/adapters/http/a.ts', 'connect({ checkServerIdentity: () => undefined })'),
    ],
    check: (files) =>
      found(
        files,
        /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity/g,
        ({ text }) => text,
      ),
  },
  {
    statement: 'A module exports names, never a default, so that a thing has one name everywhere',
    brokenBy: [
      snippet('functions/domain/a.ts', 'export default function a() {}'),
      snippet('infra/a.ts', 'const a = 1', 'export { a as default }'),
    ],
    check: (files) =>
      found(
        files.filter(({ path }) => !path.endsWith('.d.ts')),
        /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/g,
        codeOfFile,
      ),
  },
]

/** Looks in code alone: a comment may say `Date.now`, and so may a text for the user. */
function noCode(folders: readonly string[], pattern: RegExp) {
  return (files: readonly SourceFile[]) =>
    found(
      files.filter(({ path }) => isUnder(path, folders)),
      pattern,
      codeOfFile,
    )
}

function found(files: readonly SourceFile[], pattern: RegExp, read: (file: SourceFile) => string): string[] {
  return files.flatMap((file) => {
    const text = read(file)
    return [...text.matchAll(pattern)].map(
      ({ 0: match, index }) => `${file.path}:${lineAt(text, index)} has ${match.replace(/\s+/g, ' ')}`,
    )
  })
}

function codeOfFile({ text }: SourceFile): string {
  return codeOf(text)
}
