import { expect } from 'vitest'
import type { Answer } from '../../support/visitor.ts'

/** As the standard says, and nothing that a browser could keep or a stranger could learn from. */
export function expectSuccess(answer: Answer): void {
  expect([answer.status, answer.body, answer.cookies]).toEqual([200, '', []])
  expect(answer.headers['cache-control']).toBe('no-store')
}

export function expectRefusal(answer: Answer): void {
  expect([answer.status, answer.body, answer.cookies]).toEqual([400, '{"error":"invalid_request"}', []])
  expect(answer.headers['content-type']).toBe('application/json')
  expect(answer.headers['cache-control']).toBe('no-store')
}
