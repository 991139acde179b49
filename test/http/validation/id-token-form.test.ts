import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startBff, type TestBff } from '../../support/bff.ts'
import { CLIENT } from '../../support/scripted-authorization-server.ts'
import { anotherInstance, attemptLogin, COMPLETED, refused } from './attempt.ts'
import { compactJws, encoded, type RawSigner, rewritten, rsaSigner, withSignature } from './signers.ts'

const WRONG = refused(502, 'id-token-invalid', 1)

let shared: TestBff
let raw: RawSigner
beforeAll(async () => {
  shared = await startBff()
  raw = rsaSigner()
})

let bff: TestBff
beforeEach(async () => {
  bff = await anotherInstance(shared)
})

interface Texts {
  readonly header: string
  readonly payload: string
}

/** A login whose ID token is made of these texts, with a signature that is right for what it says. */
function attemptWithToken(make: (texts: Texts) => string, at = bff) {
  return attemptLogin(at, { signWith: rewritten(raw, make), keys: [raw.publicJwk] })
}

function attemptWithTexts(change: (texts: Texts) => Partial<Texts>, at = bff) {
  return attemptWithToken((texts) => {
    const { header, payload } = { ...texts, ...change(texts) }
    return compactJws(header, payload, raw.signBytes)
  }, at)
}

const withMember = (json: string, member: string) => `${json.slice(0, -1)},${member}}`

describe('another kind of token in the place of an ID token', () => {
  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', ''])(
    'of typ %j is refused [IT-15]',
    async (typ) => {
      const typed = ({ header }: Texts) => ({ header: withMember(header, `"typ":${JSON.stringify(typ)}`) })
      expect(await attemptWithTexts(typed)).toEqual(WRONG)
    },
  )

  it.each([7, null, ['JWT']])('of a typ that is %j is refused [IT-15] [IT-16]', async (typ) => {
    const typed = ({ header }: Texts) => ({ header: withMember(header, `"typ":${JSON.stringify(typ)}`) })
    expect(await attemptWithTexts(typed)).toEqual(WRONG)
  })

  it.each([
    ['an empty object', {}],
    ['a logout event', { 'http://schemas.openid.net/event/backchannel-logout': {} }],
    ['null', null],
  ])('with an events claim that is %s is refused [IT-15]', async (_, events) => {
    const withEvents = ({ payload }: Texts) => ({
      payload: withMember(payload, `"events":${JSON.stringify(events)}`),
    })
    expect(await attemptWithTexts(withEvents)).toEqual(WRONG)
  })

  it.each(['JWT', 'jwt'])('is not suspected for a typ of %s [IT-15]', async (typ) => {
    const typed = ({ header }: Texts) => ({ header: withMember(header, `"typ":"${typ}"`) })
    expect(await attemptWithTexts(typed)).toEqual(COMPLETED)
  })
})

describe('the header of an ID token', () => {
  it.each([
    '"crit":["exp"],"exp":1',
    '"crit":["unknown"],"unknown":1',
    '"crit":["b64"],"b64":true',
    '"crit":[]',
  ])('with %s is refused [IT-16]', async (member) => {
    expect(await attemptWithTexts(({ header }) => ({ header: withMember(header, member) }))).toEqual(WRONG)
  })

  it.each([
    ['a list', () => '["RS256"]'],
    ['a string', () => '"RS256"'],
    ['null', () => 'null'],
    ['no JSON', () => '{alg:RS256}'],
    ['JSON and more', (header: string) => `${header}{}`],
    ['empty', () => ''],
  ])('that is %s is refused [IT-16]', async (_, make) => {
    expect(await attemptWithTexts(({ header }) => ({ header: make(header) }))).toEqual(WRONG)
  })

  it.each([
    ['the same value', '"alg":"RS256"'],
    ['another value', '"alg":"none"'],
    ['the same value, spelled with an escape', '"\\u0061lg":"RS256"'],
  ])('with a member twice, with %s, is refused [IT-16]', async (_, member) => {
    const twice = ({ header }: Texts) => ({ header: `{${member},${header.slice(1)}` })
    expect(await attemptWithTexts(twice)).toEqual(WRONG)
  })

  it('may have members that we do not know, whatever they look like [IT-16]', async () => {
    const unknown = '"vendor":{"alg":"HS256","kid":"another"},"note":"\\"alg\\":\\"HS256\\""'
    const more = ({ header }: Texts) => ({ header: withMember(header, unknown) })
    expect(await attemptWithTexts(more)).toEqual(COMPLETED)
  })
})

describe('the claims of an ID token', () => {
  it.each([
    ['a list', (payload: string) => `[${payload}]`],
    ['a string', (payload: string) => JSON.stringify(payload)],
    ['null', () => 'null'],
    ['no JSON', (payload: string) => payload.slice(0, -1)],
    ['empty', () => ''],
  ])('that are %s are refused [IT-16]', async (_, make) => {
    expect(await attemptWithTexts(({ payload }) => ({ payload: make(payload) }))).toEqual(WRONG)
  })

  it.each([
    ['the subject', '"sub":"another"'],
    ['the audience', '"aud":"another"'],
    ['the subject, once by an escape,', '"s\\u0075b":"another"'],
    ['a claim of no meaning to us', '"vendor":1,"vendor":2'],
  ])('with %s twice are refused [IT-16]', async (_, member) => {
    const twice = ({ payload }: Texts) => ({ payload: `{${member},${payload.slice(1)}` })
    expect(await attemptWithTexts(twice)).toEqual(WRONG)
  })

  it('may repeat a name at another depth [IT-16]', async () => {
    const nested = '"address":{"sub":"x","list":[{"sub":"y"},{"sub":"z"}]},"text":"\\"sub\\":\\"x\\""'
    expect(await attemptWithTexts(({ payload }) => ({ payload: withMember(payload, nested) }))).toEqual(
      COMPLETED,
    )
  })
})

describe('an ID token', () => {
  const right = ({ header, payload }: Texts) => compactJws(header, payload, raw.signBytes)

  it.each<[string, (texts: Texts) => string]>([
    ['one part too few', ({ header, payload }) => `${encoded(header)}.${encoded(payload)}`],
    ['one part too many', (texts) => `${right(texts)}.`],
    ['a part before the first', (texts) => `.${right(texts)}`],
    ['five parts, as if encrypted', (texts) => `${right(texts)}.AA.AA`],
    ['no part at all', () => ''],
    ['nothing but dots', () => '..'],
  ])('with %s is refused [IT-16]', async (_, make) => {
    expect(await attemptWithToken(make)).toEqual(WRONG)
  })

  it.each<[string, (texts: Texts) => string]>([
    ['padding after the signature', (texts) => `${right(texts)}==`],
    ['a line break after the signature', (texts) => `${right(texts)}\n`],
    ['a space within the signature', (texts) => `${right(texts).slice(0, -8)} ${right(texts).slice(-8)}`],
    ['the alphabet of plain base64 in the signature', inPlainAlphabet],
    ['stray bits at the end of the signature', withStrayBits],
    ['padding after the signed header', (texts) => signedAs(padded(texts.header), encoded(texts.payload))],
    ['padding after the signed claims', (texts) => signedAs(encoded(texts.header), padded(texts.payload))],
    [
      'a space in the signed claims',
      (texts) => signedAs(encoded(texts.header), ` ${encoded(texts.payload)}`),
    ],
    [
      'a character of no alphabet in the signed claims',
      (texts) => signedAs(encoded(texts.header), `!${encoded(texts.payload)}`),
    ],
  ])('with %s is refused [IT-16]', async (_, make) => {
    expect(await attemptWithToken(right)).toEqual(COMPLETED)
    expect(await attemptWithToken(make)).toEqual(WRONG)
  })

  it.each([
    ['a number', 7],
    ['null', null],
    ['a list', ['x']],
    ['missing', undefined],
  ])('that is %s is refused [IT-16] [TE-10]', async (_, idToken) => {
    expect(await attemptLogin(bff, { tokenResponse: { id_token: idToken } })).toEqual(WRONG)
  })

  it('with a wrong claim is refused also when it is signed by hand [IT-02] [IT-16]', async () => {
    const foreign = ({ payload }: Texts) => ({ payload: payload.replaceAll(CLIENT.id, 'another-client') })
    expect(await attemptWithTexts(foreign)).toEqual(WRONG)
  })

  function signedAs(header: string, payload: string): string {
    return withSignature(`${header}.${payload}`, raw.signBytes)
  }

  function padded(json: string): string {
    const spaces = (4 - (Buffer.byteLength(json) % 3)) % 3
    return Buffer.from(`${json}${' '.repeat(spaces)}`)
      .toString('base64')
      .replaceAll('+', '-')
      .replaceAll('/', '_')
  }

  /** Signs until the signature has a character that the two alphabets write differently. */
  function inPlainAlphabet({ header, payload }: Texts): string {
    for (let spaces = 0; ; spaces += 1) {
      const token = right({ header, payload: payload + ' '.repeat(spaces) })
      const signature = token.slice(token.lastIndexOf('.') + 1)
      const plain = signature.replaceAll('-', '+').replaceAll('_', '/')
      if (plain !== signature) return token.replace(signature, plain)
    }
  }

  /** 256 bytes end in four bits that no decoder looks at: another character, the same signature. */
  function withStrayBits(texts: Texts): string {
    const token = right(texts)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(token.slice(-1)) + 1)
  }
})
