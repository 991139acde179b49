import type { Log } from '../../flows/ports.ts'

/** Writes JSON lines, which Lambda hands to CloudWatch Logs. */
export function createJsonLog(write: (line: string) => void): Log {
  return (entry) => write(`${JSON.stringify({ timestamp: new Date().toISOString(), ...entry })}\n`)
}
