import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../support/bff.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})

async function rows() {
  return (await bff.tables.items(bff.tables.loginTable)).length
}

describe('starting a login', () => {
  it('redirects with 303 and one Lax login cookie that lasts ten minutes [AR-28] [SC-01] [SC-02] [SC-05] [SC-16]', async () => {
    const visitor = bff.newVisitor()
    const answer = await visitor.navigate('/bff/login')

    expect(answer.status).toBe(303)
    expect(answer.cookies).toHaveLength(1)
    expect(answer.cookies[0]).toMatch(
      /^__Host-Http-login-[\w-]{8}=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  it('by a call of the application answers the URL and sets the same cookie', async () => {
    const visitor = bff.newVisitor()
    const answer = await visitor.callJson('/bff/login', { returnTo: '/orders', max_age: 60 })

    expect(answer.status).toBe(200)
    const { authorizationUrl } = answer.json<{ authorizationUrl: string }>()
    expect(authorizationUrl.startsWith(`${bff.server.issuer}/authorize?`)).toBe(true)
    expect(new URL(authorizationUrl).searchParams.get('max_age')).toBe('60')
    expect([...visitor.jar.keys()][0]).toMatch(/^__Host-Http-login-/)
  })

  it.each([
    ['a prefetch', { 'sec-purpose': 'prefetch' }, 204],
    ['a prerender', { 'sec-purpose': 'prefetch;prerender' }, 204],
    ['an old prefetch', { purpose: 'prefetch' }, 204],
    ['an image', { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }, 400],
    ['a frame', { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }, 400],
    ['a fetch', { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }, 400],
    ['an XMLHttpRequest of an old browser', { 'x-requested-with': 'XMLHttpRequest' }, 400],
  ])('is not done for %s: no transaction, no cookie [AR-25]', async (_, headers, status) => {
    const before = await rows()
    const answer = await bff.newVisitor().navigate('/bff/login', { headers })

    expect(answer.status).toBe(status)
    expect(answer.cookies).toEqual([])
    expect(await rows()).toBe(before)
  })

  it.each(['cross-site', 'same-site'])(
    'asks first when a %s page sent the browser and nobody clicked [AR-25]',
    async (site) => {
      const before = await rows()
      const headers = { 'sec-fetch-site': site, 'sec-fetch-user': undefined }
      const answer = await bff.newVisitor().navigate('/bff/login?returnTo=/a%22%3E%3Cscript%3E', { headers })

      expect(answer.status).toBe(200)
      expect(answer.headers['content-type']).toMatch(/^text\/html; charset=utf-8$/i)
      expect(answer.body).toContain('href="https://app.example.com/bff/login?returnTo=/a%22%3E%3Cscript%3E"')
      expect(answer.body).not.toContain('<script')
      expect(answer.cookies).toEqual([])
      expect(await rows()).toBe(before)
    },
  )

  it('is believed of a browser too old to send Fetch Metadata', async () => {
    const headers = {
      'sec-fetch-site': undefined,
      'sec-fetch-mode': undefined,
      'sec-fetch-dest': undefined,
      'sec-fetch-user': undefined,
    }
    expect((await bff.newVisitor().navigate('/bff/login', { headers })).status).toBe(303)
  })

  it('keeps at most seven login cookies and drops the oldest [AR-29] [SC-07]', async () => {
    const visitor = bff.newVisitor()
    await visitor.navigate('/bff/login')
    const [oldest] = [...visitor.jar.keys()]
    for (let login = 2; login <= 50; login += 1) await visitor.navigate('/bff/login')

    expect(visitor.jar.size).toBe(7)
    expect(visitor.jar.has(String(oldest))).toBe(false)
    const header = [...visitor.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    expect(header.length).toBeLessThan(1000)
  })

  it('in two tabs at once lets both end well, in either order [AR-29]', async () => {
    const visitor = bff.newVisitor()
    const first = await beginLogin(bff, visitor, '?returnTo=/first')
    const second = await beginLogin(bff, visitor, '?returnTo=/second')

    const answers = [
      await visitor.navigate(second.callbackTarget, fromAuthorizationServer(visitor)),
      await visitor.navigate(first.callbackTarget, fromAuthorizationServer(visitor)),
    ]
    expect(answers.map(({ location }) => location)).toEqual([
      'https://app.example.com/second',
      'https://app.example.com/first',
    ])
    expect([...visitor.jar.keys()]).toEqual(['__Host-Http-session'])
  })

  it('refuses an address to return to that is not ours, before anything is stored [CB-18]', async () => {
    const before = await rows()
    const answer = await bff.newVisitor().callJson('/bff/login', { returnTo: 'https://evil.example/' })

    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'return-to-refused' })
    expect(await rows()).toBe(before)
  })
})

describe('what is stored of a login', () => {
  it('is sealed: the row tells neither state, verifier, nonce nor the place to return to [ST-04] [AR-09]', async () => {
    const visitor = bff.newVisitor()
    const { state, authorizationUrl } = await beginLogin(bff, visitor, '?returnTo=/very-private-path')
    const stored = JSON.stringify(await bff.tables.items(bff.tables.loginTable), (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    )

    expect(stored).not.toContain(state)
    expect(stored).not.toContain(new URL(authorizationUrl).searchParams.get('nonce'))
    expect(stored).not.toContain('very-private-path')
    for (const secret of visitor.jar.values()) expect(stored).not.toContain(secret)
  })
})
