import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const fileAt = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export const LOCK_FILE = fileAt('package-lock.json')

/** The functions, each with its entry point. */
export const ENTRIES = {
  auth: fileAt('functions/lambda/auth.ts'),
  api: fileAt('functions/lambda/api.ts'),
  authorizer: fileAt('functions/lambda/authorizer.ts'),
} as const

export type FunctionName = keyof typeof ENTRIES

/** How a function is bundled, for the stack and for whoever needs the very same bundle without one. */
export const BUNDLE_OPTIONS = {
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  // The ES modules of the SDK are a third smaller, and need no `require`, which an ES module does not have.
  mainFields: ['module', 'main'],
  alias: {
    '@aws-sdk/credential-provider-node': fileAt('functions/lambda/environment-credentials.ts'),
    '@smithy/core/event-streams': fileAt('functions/lambda/no-event-streams.ts'),
  },
} satisfies BuildOptions

/** Builds what the stack deploys as `index.mjs`. The answer lists every module in it and its share of bytes. */
export async function bundleFunction(name: FunctionName, outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    entryPoints: [ENTRIES[name]],
    outfile,
    bundle: true,
    metafile: true,
    absWorkingDir: ROOT,
    logLevel: 'warning',
  })
  return metafile
}
