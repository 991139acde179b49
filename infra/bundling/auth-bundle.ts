import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export const AUTH_ENTRY = fileURLToPath(new URL('../../functions/lambda/auth.ts', import.meta.url))
export const LOCK_FILE = fileURLToPath(new URL('../../package-lock.json', import.meta.url))

/** How the `auth` function is bundled, for the stack and for whoever needs the very same bundle without one. */
export const AUTH_BUNDLE_OPTIONS = {
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  // The ES modules of the SDK are a third smaller, and need no `require`, which an ES module does not have.
  mainFields: ['module', 'main'],
  alias: {
    '@aws-sdk/credential-provider-node': fileURLToPath(
      new URL('../../functions/lambda/environment-credentials.ts', import.meta.url),
    ),
  },
} satisfies BuildOptions

/** Builds what the stack deploys as `index.mjs`. The answer lists every module in it and its share of bytes. */
export async function bundleAuthFunction(outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    ...AUTH_BUNDLE_OPTIONS,
    entryPoints: [AUTH_ENTRY],
    outfile,
    bundle: true,
    metafile: true,
    absWorkingDir: ROOT,
    logLevel: 'warning',
  })
  return metafile
}
