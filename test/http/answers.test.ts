import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, logIn, startBff, type TestBff } from '../support/bff.ts'
import type { Answer } from '../support/visitor.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})

describe('every answer', () => {
  it('is not stored, framed, sniffed or embedded, and tells the next site nothing [CB-16] [CB-17] [CC-14] [CC-15] [CC-16]', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    const answers: Answer[] = [
      await visitor.navigate('/bff/login'),
      await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor)),
      await visitor.navigate(callbackTarget),
      await visitor.call('GET', '/bff/session'),
      await visitor.call('POST', '/bff/logout'),
      await visitor.call('GET', '/bff/health'),
      await visitor.call('GET', '/bff/nothing'),
      await visitor.call('PUT', '/bff/session'),
      await visitor.call('TRACE', '/bff/session'),
    ]
    for (const { headers } of answers) {
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['cross-origin-resource-policy']).toBe('same-origin')
      expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
      for (const directive of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
        expect(headers['content-security-policy']).toContain(directive)
      }
      expect(headers).not.toHaveProperty('server')
      expect(headers).not.toHaveProperty('x-powered-by')
    }
  })
})

describe('a navigation that fails', () => {
  it('gets a page with words, a reference, a way to start again and a way to the app', async () => {
    const answer = await bff.newVisitor().navigate('/bff/callback?code=a&state=b')

    expect(answer.status).toBe(400)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.body).toContain('<html lang="en">')
    expect(answer.body).toContain('<h1>We could not sign you in</h1>')
    expect(answer.body).toContain('This login was not started in this browser')
    expect(answer.body).toContain('href="https://app.example.com/bff/login"')
    expect(answer.body).toContain('href="https://app.example.com/"')
    expect(answer.body).toContain(`login-transaction-unknown · ${bff.log.at(-1)?.requestId}`)
    expect(answer.body).not.toContain('<script')
  })

  it('shows nothing that came with the request [CB-12]', async () => {
    const visitor = bff.newVisitor()
    const { state } = await beginLogin(bff, visitor)
    const hostile = '"><script>alert(1)</script>\r\nX-Evil: 1'
    const query = new URLSearchParams({
      state,
      error: hostile,
      error_description: hostile,
      error_uri: hostile,
    })
    const answer = await visitor.navigate(`/bff/callback?${query}`, fromAuthorizationServer(visitor))

    expect(answer.status).toBe(403)
    expect(answer.body).not.toMatch(/alert|evil/i)
    expect(JSON.stringify(answer.headers)).not.toMatch(/alert|evil/i)
    expect(JSON.stringify(bff.log.at(-1))).not.toMatch(/alert|evil/i)
  })

  it('goes to the error path, if one is configured, with code and request id', async () => {
    const other = await startBff({ environment: { BFF_ERROR_PATH: '/sign-in-problem?from=bff' } })
    const answer = await other.newVisitor().navigate('/bff/callback?code=a&state=b')

    expect(answer.status).toBe(303)
    expect(answer.location).toBe(
      `https://app.example.com/sign-in-problem?from=bff&error=login-transaction-unknown&id=${other.log.at(-1)?.requestId}`,
    )
  })

  it('goes to the app, not to an error, when the browser presents a valid session', async () => {
    const visitor = bff.newVisitor()
    await logIn(bff, visitor)
    const answer = await visitor.navigate('/bff/callback?code=a&state=b')

    expect(answer.status).toBe(303)
    expect(answer.location).toBe('https://app.example.com/')
    expect((await visitor.call('GET', '/bff/session')).json()).toMatchObject({ authenticated: true })
  })
})

describe('the log line of a navigation that fails', () => {
  it('keeps cause and replay when the browser is signed in and goes to the app', async () => {
    const visitor = bff.newVisitor()
    const { callbackTarget } = await beginLogin(bff, visitor)
    await visitor.navigate(callbackTarget, fromAuthorizationServer(visitor))
    await visitor.navigate(callbackTarget)

    expect(bff.log.at(-1)).toMatchObject({
      event: 'login-failed-while-signed-in',
      code: 'login-transaction-unknown',
      problemStatus: 400,
      replay: true,
      status: 303,
    })
  })

  it('is an error when the failure is ours or the server’s, though the answer is a redirect to the error path', async () => {
    const other = await startBff({ environment: { BFF_ERROR_PATH: '/sign-in-problem' } })
    other.server.scripts['/.well-known/openid-configuration'] = () => ({ status: 500, body: '' })
    expect((await other.newVisitor().navigate('/bff/login')).status).toBe(303)
    expect(other.log.at(-1)).toMatchObject({
      level: 'error',
      event: 'login-failed',
      status: 303,
      problemStatus: 503,
    })
  })

  it('names no method or path but ours', async () => {
    await bff.newVisitor().call('SECRETWORD', '/bff/session')
    expect(bff.log.at(-1)?.route).toBe('/bff/session')
    await bff.newVisitor().call('GET', '/bff/secret-word')
    expect(bff.log.at(-1)?.route).toBe('unknown')
  })
})

describe('a call that fails', () => {
  it('gets problem details that match the log line', async () => {
    const answer = await bff.newVisitor().callJson('/bff/callback', { code: 'a', state: 'b' })

    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      code: 'login-transaction-unknown',
      requestId: bff.log.at(-1)?.requestId,
      detail: 'This login was not started in this browser, or its trace is gone.',
    })
  })
})
