import { beforeAll, describe, expect, it } from 'vitest'
import { beginLogin, fromAuthorizationServer, startBff, type TestBff } from '../../support/bff.ts'
import type { Answer } from '../../support/visitor.ts'
import { outcomeOf, refused } from './attempt.ts'

let bff: TestBff
beforeAll(async () => {
  bff = await startBff()
})

const DENIED = refused(403, 'authorization-denied', 0)
const LOGIN_REQUIRED = refused(401, 'login-required', 0)
const UNAVAILABLE = refused(503, 'authorization-server-unavailable', 0)

/** The authorization server answers a login with an error: as a redirect, and as the application posts it. */
async function answerWith(parameters: { readonly [name: string]: string }) {
  const visitor = bff.newVisitor()
  const byRedirect = await beginLogin(bff, visitor)
  const query = new URLSearchParams({ ...parameters, state: byRedirect.state })
  const shown = fromAuthorizationServer(visitor)
  const byCall = await beginLogin(bff, visitor)
  const answers: Answer[] = []
  const kept = async (answer: Promise<Answer>) => {
    answers.push(await answer)
    return answer
  }
  const outcomes = [
    await outcomeOf(bff, () => kept(visitor.navigate(`/bff/callback?${query}`, shown))),
    await outcomeOf(bff, () =>
      kept(visitor.callJson('/bff/callback', { ...parameters, state: byCall.state })),
    ),
  ]
  const again = () => outcomeOf(bff, () => visitor.navigate(byRedirect.callbackTarget, shown))
  return { outcomes, answers, again }
}

describe('an error response', () => {
  it.each([
    ['access_denied', DENIED],
    ['invalid_request', DENIED],
    ['unauthorized_client', DENIED],
    ['unsupported_response_type', DENIED],
    ['invalid_scope', DENIED],
    ['invalid_target', DENIED],
    ['invalid_request_uri', DENIED],
    ['invalid_request_object', DENIED],
    ['request_not_supported', DENIED],
    ['request_uri_not_supported', DENIED],
    ['registration_not_supported', DENIED],
    ['unmet_authentication_requirements', DENIED],
    ['login_required', LOGIN_REQUIRED],
    ['interaction_required', LOGIN_REQUIRED],
    ['consent_required', LOGIN_REQUIRED],
    ['account_selection_required', LOGIN_REQUIRED],
    ['server_error', UNAVAILABLE],
    ['temporarily_unavailable', UNAVAILABLE],
  ])(
    '%s makes no token request, uses the state up and is named in the log [CB-02] [CB-11]',
    async (error, expected) => {
      const { outcomes, again } = await answerWith({ error, error_description: 'for a person' })

      expect(outcomes).toEqual([expected, expected])
      expect(bff.log.at(-1)).toMatchObject({ code: expected.code, cause: error })
      expect(await again()).toEqual(refused(400, 'login-transaction-replayed', 0))
    },
  )

  it.each(['a_word_of_nobody', 'ACCESS_DENIED', 'access_denied ', 'constructor', '__proto__'])(
    '%j, which no standard knows, is a refusal that the log does not name [CB-11] [CB-12]',
    async (error) => {
      const { outcomes } = await answerWith({ error })

      expect(outcomes).toEqual([DENIED, DENIED])
      expect(bff.log.at(-1)).toMatchObject({ code: 'authorization-denied', cause: 'unrecognized' })
    },
  )

  it('is 503 with Retry-After when the server is in trouble [CB-11]', async () => {
    const { answers } = await answerWith({ error: 'temporarily_unavailable' })
    for (const { headers } of answers) expect(headers['retry-after']).toMatch(/^\d+$/)
  })
})

const MARK = 'planted'
const HOSTILE: [string, string][] = [
  ['script', `<script>${MARK}()</script>`],
  ['an attribute', `" onfocus=${MARK} autofocus x="`],
  ['a header', `x\r\nSet-Cookie: ${MARK}=1\r\n\r\n<b>${MARK}</b>`],
  ['a lone line feed', `x\n{"level":"info","event":"${MARK}"}`],
  ['a terminal escape', `\u001b]0;${MARK}\u0007`],
  ['a Unicode line separator', `x\u2028${MARK}`],
  ['text that runs backwards', `\u202e${MARK}`],
  ['a NUL', `x\0${MARK}`],
  ['half a surrogate pair', `\ud800${MARK}`],
  ['a place-holder of a template', `\${${MARK}} {{${MARK}}} %s`],
  ['plain words', `Call 555-0100 and ask for ${MARK}`],
  ['8 KB', MARK.repeat(1170)],
]

describe('hostile text in an error response', () => {
  it.each(HOSTILE)(
    'with %s stands in no body, header, cookie or log line [CB-12] [LG-04]',
    async (_, text) => {
      bff.log.length = 0
      const { outcomes, answers } = await answerWith({
        error: 'access_denied',
        error_description: text,
        error_uri: text,
        [text]: text,
      })

      expect(outcomes).toEqual([DENIED, DENIED])
      expect(JSON.stringify(answers)).not.toContain(MARK)
      expect(JSON.stringify(bff.log)).not.toContain(MARK)
    },
  )

  it.each(HOSTILE)('with %s as the error itself neither [CB-12] [LG-04]', async (_, text) => {
    bff.log.length = 0
    const { outcomes, answers } = await answerWith({ error: text })

    expect(outcomes).toEqual([DENIED, DENIED])
    expect(JSON.stringify(answers)).not.toContain(MARK)
    expect(JSON.stringify(bff.log)).not.toContain(MARK)
    expect(bff.log.at(-1)).toMatchObject({ cause: 'unrecognized' })
  })

  it.each(HOSTILE)('with %s as state, code or issuer neither [CB-12] [LG-04]', async (_, text) => {
    bff.log.length = 0
    const visitor = bff.newVisitor()
    const { callbackTarget, state } = await beginLogin(bff, visitor)
    const answers = [
      await visitor.navigate(`/bff/callback?${new URLSearchParams({ code: 'x', state: text })}`),
      await visitor.callJson('/bff/callback', { code: 'x', state: text }),
      await visitor.navigate(`/bff/callback?${new URLSearchParams({ code: text, state, iss: text })}`),
      await visitor.navigate(`${callbackTarget}&iss=${encodeURIComponent(text.toWellFormed())}`),
    ]

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400])
    expect(JSON.stringify(answers)).not.toContain(MARK)
    expect(JSON.stringify(bff.log)).not.toContain(MARK)
  })
})
