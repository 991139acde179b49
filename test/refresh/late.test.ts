import { describe, expect, it } from 'vitest'
import { signIn, tokenOf } from '../support/authorized.ts'

describe('a call that has little time left', () => {
  it('is authorized without an idle write that could outlast it', async () => {
    const user = await signIn()
    user.bff.clock.advance(200)
    user.bff.tables.takeCommands()
    tokenOf(await user.authorize(user.bff.deps, user.bff.deps.longest.statementMilliseconds - 1))
    expect(user.bff.tables.takeCommands()).toEqual(['GetItem'])
    tokenOf(await user.authorize(user.bff.deps, user.bff.deps.longest.statementMilliseconds))
    expect(user.bff.tables.takeCommands()).toEqual(['GetItem', 'UpdateItem'])
  })
})
