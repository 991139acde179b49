import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../../support/bff.ts'
import type { Answer } from '../../support/visitor.ts'
import { anotherInstance, attemptLogin, COMPLETED, refused } from './attempt.ts'

const NOT_REDEEMED = refused(502, 'code-redemption-failed', 1)

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})

describe('the token type', () => {
  it.each(['Bearer', 'bearer', 'BEARER', 'bEARER', 'DPoP', 'dPOP'])(
    '%s is accepted [TE-07]',
    async (type) => {
      expect(await attemptLogin(bff, { tokenResponse: { token_type: type } })).toEqual(COMPLETED)
    },
  )

  it.each(['mac', 'N_A', 'bearer2', 'Bearer ', 'pop', ''])('%j is refused [TE-08]', async (type) => {
    expect(await attemptLogin(bff, { tokenResponse: { token_type: type } })).toEqual(NOT_REDEEMED)
  })

  it.each([[undefined], [null], [7], [['Bearer']]])('that is %j is refused [TE-08]', async (type) => {
    expect(await attemptLogin(bff, { tokenResponse: { token_type: type } })).toEqual(NOT_REDEEMED)
  })
})

describe('a token response', () => {
  it.each<[string, object]>([
    ['without expires_in', { expires_in: undefined }],
    ['with expires_in in a string', { expires_in: '300' }],
    ['with expires_in 0', { expires_in: 0 }],
    ['without scope', { scope: undefined }],
    ['with less scope than was asked for', { scope: 'openid' }],
    ['without a refresh token', { refresh_token: undefined }],
    ['with members that we do not know', { session_state: 'x', not_before_policy: 0, nested: { a: [1] } }],
  ])('%s is accepted [TE-09]', async (_, tokenResponse) => {
    expect(await attemptLogin(bff, { tokenResponse: { ...tokenResponse } })).toEqual(COMPLETED)
  })

  it.each<[string, object]>([
    ['no access token', { access_token: undefined }],
    ['an empty access token', { access_token: '' }],
    ['an access token that is a number', { access_token: 7 }],
    ['a refresh token that is a number', { refresh_token: 7 }],
    ['an empty refresh token', { refresh_token: '' }],
    ['a lifetime that is no number', { expires_in: 'soon' }],
    ['a lifetime below zero', { expires_in: -1 }],
    ['a scope that is a list', { scope: ['openid'] }],
  ])('with %s is a redemption that failed [TE-10]', async (_, tokenResponse) => {
    expect(await attemptLogin(bff, { tokenResponse: { ...tokenResponse } })).toEqual(NOT_REDEEMED)
  })

  it.each([
    ['a list', []],
    ['empty', {}],
  ])('that is %s is a redemption that failed [TE-10]', async (_, body) => {
    const scripts = { '/token': () => ({ body }) }
    expect(await attemptLogin(bff, { scripts })).toEqual(NOT_REDEEMED)
  })

  it.each(['null', '"x"', '7', '{"access_token":"x","token_type":"Bearer"', ''])(
    'that is %j is a redemption that failed [TE-10]',
    async (body) => {
      const headers = { 'content-type': 'application/json' }
      const scripts = { '/token': () => ({ headers, body }) }
      expect(await attemptLogin(bff, { scripts })).toEqual(NOT_REDEEMED)
    },
  )
})

describe('the tokens of a login', () => {
  it('stand in no answer, header, cookie or URL, whatever the browser asks [TE-13]', async () => {
    const visitor = bff.newVisitor()
    const answers: Answer[] = []
    const first = await beginLogin(bff, visitor)
    answers.push(await visitor.navigate(first.callbackTarget, fromAuthorizationServer(visitor)))
    const second = await beginLogin(bff, visitor)
    answers.push(await visitor.callJson('/bff/callback', second.parameters))
    answers.push(await visitor.navigate(second.callbackTarget))
    for (const path of [
      '/bff/session',
      '/bff/session?peek=1',
      '/bff/health',
      '/bff/login',
      '/bff/callback',
    ]) {
      answers.push(await visitor.call('GET', path), await visitor.navigate(path))
    }
    answers.push(await visitor.call('POST', '/bff/logout'))

    const tokens = bff.server.issuedTokens.slice(-6)
    expect(answers.map(({ status }) => status).slice(0, 2)).toEqual([303, 200])
    expect(tokens).toHaveLength(6)
    for (const token of tokens) {
      expect(JSON.stringify([answers, bff.log])).not.toContain(token)
      for (const part of token.split('.')) expect(JSON.stringify([answers, bff.log])).not.toContain(part)
    }
  })

  it('stand in no answer when one of them is wrong [TE-13]', async () => {
    const errorPage = await anotherInstance(bff, { BFF_ERROR_PATH: '/error' })
    const wrong = ({ claims }: { claims: object }) => void Object.assign(claims, { aud: 'another-client' })
    const toErrorPage = { ...refused(303, 'id-token-invalid', 1), code: undefined }

    expect(await attemptLogin(bff, { changeIdToken: wrong })).toEqual(refused(502, 'id-token-invalid', 1))
    expect(await attemptLogin(errorPage, { changeIdToken: wrong })).toEqual(toErrorPage)
  })
})
