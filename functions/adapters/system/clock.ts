import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../flows/ports.ts'

export const systemClock: Clock = {
  now: () => Math.floor(Date.now() / 1000),
  milliseconds: () => Date.now(),
  pause: (milliseconds) => sleep(milliseconds),
}
