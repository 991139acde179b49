import { randomBytes } from 'node:crypto'
import type { RandomToken } from '../../domain/identifiers.ts'
import type { Entropy } from '../../flows/ports.ts'

export const systemEntropy: Entropy = {
  token: () => randomBytes(32).toString('base64url') as RandomToken,
  bytes: (count) => randomBytes(count),
}
