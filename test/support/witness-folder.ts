import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes the folder in which every suite leaves what it logged and which secrets occurred in it. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'serverless-bff-witness-'))
  process.env.WITNESS_FOLDER = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
