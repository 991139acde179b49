import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startBff, type TestBff } from '../../support/bff.ts'
import { CLIENT } from '../../support/scripted-authorization-server.ts'
import { accessTokenHash, createSigningKey, type SigningKey } from '../../support/signing-key.ts'
import { anotherInstance, attemptLogin, COMPLETED, refused } from './attempt.ts'
import {
  compactJws,
  hmacSigner,
  type RawSigner,
  rewritten,
  rsaSigner,
  tamperedWith,
  unsecured,
} from './signers.ts'

const WRONG = refused(502, 'id-token-invalid', 1)
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

let shared: TestBff
let raw: RawSigner
const keys = new Map<string, SigningKey>()
beforeAll(async () => {
  shared = await startBff()
  raw = rsaSigner()
  for (const algorithm of ALGORITHMS) keys.set(algorithm, await createSigningKey(algorithm))
})

// Every test its own instance: wrong signatures use up the budget of asking for keys anew.
let bff: TestBff
beforeEach(async () => {
  bff = await anotherInstance(shared)
})

function keyFor(algorithm: string): SigningKey {
  const key = keys.get(algorithm)
  if (key === undefined) throw new Error(`There is no key for ${algorithm}.`)
  return key
}

function signedWith(signWith: SigningKey, at = bff, published: SigningKey = signWith) {
  return attemptLogin(at, { signWith, keys: [published.publicJwk] })
}

describe('the signature of an ID token', () => {
  it.each(ALGORITHMS)('by %s is verified and its at_hash accepted [IT-04] [IT-12]', async (algorithm) => {
    expect(await signedWith(keyFor(algorithm))).toEqual(COMPLETED)
  })

  it.each(ALGORITHMS)('by %s is refused when one bit of it is wrong [IT-04]', async (algorithm) => {
    const corrupted = tamperedWith(keyFor(algorithm), (token) => flipLastBitOf(token, 2))
    expect(await signedWith(corrupted)).toEqual(WRONG)
  })

  it.each<[string, (token: string, other: string) => string]>([
    ['missing', (token) => `${token.slice(0, token.lastIndexOf('.'))}.`],
    ['cut short', (token) => token.slice(0, -4)],
    [
      'that of another token',
      (token, other) => [...token.split('.').slice(0, 2), other.split('.')[2]].join('.'),
    ],
    ['for other claims', (token, other) => replacePart(token, 1, other.split('.')[1])],
    ['for another header', (token) => flipLastBitOf(token, 0)],
  ])('that is %s is refused [IT-04]', async (_, tamper) => {
    const signer = keyFor('RS256')
    const other = await signer.sign({ header: {}, claims: { sub: 'another' } }, 'x')
    expect(await signedWith(tamperedWith(signer, (token) => tamper(token, other)))).toEqual(WRONG)
  })

  it('by a key that is not the issuer’s is refused, also under the name of one that is [IT-04] [IT-06]', async () => {
    const stranger = await createSigningKey('RS256', keyFor('RS256').publicJwk.kid)
    expect(await signedWith(stranger, bff, keyFor('RS256'))).toEqual(WRONG)
  })

  it('by an RSA key of fewer than 2048 bits is refused [IT-18]', async () => {
    expect(await signedWith(rsaSigner(1024))).toEqual(WRONG)
    expect(await signedWith(rsaSigner(2048, 'as-long-as-it-must-be'))).toEqual(COMPLETED)
  })
})

describe('the algorithm of an ID token', () => {
  it.each(['none', 'None', 'NONE', 'nOnE'])('%s is refused [IT-05]', async (algorithm) => {
    const outcome = await signedWith(unsecured(algorithm), bff, keyFor('RS256'))
    expect(outcome).toEqual(WRONG)
  })

  it.each(['none', ''])('%j is refused although the signature is good [IT-05]', async (alg) => {
    const mislabelled = rewritten(raw, ({ header, payload }) =>
      compactJws(JSON.stringify({ ...JSON.parse(header), alg }), payload, raw.signBytes),
    )
    expect(await signedWith(mislabelled)).toEqual(WRONG)
  })

  it.each([['PS256'], ['RS384'], ['ES256'], ['HS256'], [undefined], [['RS256']], [null]])(
    '%j is refused when the signature is by RS256 [IT-05]',
    async (alg) => {
      const mislabelled = rewritten(raw, ({ header, payload }) =>
        compactJws(JSON.stringify({ ...JSON.parse(header), alg }), payload, raw.signBytes),
      )
      expect(await signedWith(mislabelled)).toEqual(WRONG)
    },
  )

  it.each([
    ['ES256', 'RS256', false],
    ['RS256', 'ES256', false],
    ['ES256', 'PS256,ES256', true],
  ])('%s where configuration lists %s: accepted %s [IT-05]', async (algorithm, listed, accepted) => {
    const at = await anotherInstance(shared, { BFF_ID_TOKEN_ALGS: listed })
    expect(await signedWith(keyFor(algorithm), at)).toEqual(accepted ? COMPLETED : WRONG)
  })
})

describe('an ID token under an HMAC', () => {
  it('of the client secret is refused by default [IT-07]', async () => {
    expect(await signedWith(hmacSigner(CLIENT.secret), bff, keyFor('RS256'))).toEqual(WRONG)
  })

  it.each(['HS256', 'HS384', 'HS512'])('by %s is accepted where configured [IT-07]', async (algorithm) => {
    const at = await anotherInstance(shared, { BFF_ID_TOKEN_ALGS: algorithm })
    expect(await signedWith(hmacSigner(CLIENT.secret, algorithm), at)).toEqual(COMPLETED)
    expect(await signedWith(hmacSigner(`${CLIENT.secret}!`, algorithm), at)).toEqual(WRONG)
    expect(await signedWith(keyFor('RS256'), at)).toEqual(WRONG)
  })

  it('takes the client secret in UTF-8 [IT-07]', async () => {
    const secret = 'pässwörd with sixteen € and more'
    const at = await anotherInstance(shared, { BFF_ID_TOKEN_ALGS: 'HS256', BFF_CLIENT_SECRET: secret })
    const misbehaviour = { scripts: {}, keys: [] }
    const authenticate = shared.server.authenticatesClient
    shared.server.authenticatesClient = ({ form }) => form.get('client_secret') === secret
    try {
      const utf8 = await attemptLogin(at, { ...misbehaviour, signWith: hmacSigner(secret) })
      const latin1 = hmacSigner(Buffer.from(secret, 'latin1'))
      expect(utf8).toEqual(COMPLETED)
      expect(await attemptLogin(at, { ...misbehaviour, signWith: latin1 })).toEqual(WRONG)
    } finally {
      shared.server.authenticatesClient = authenticate
    }
  })

  it.each(['the PEM text', 'the PEM text of PKCS #1', 'the DER bytes', 'the JWK', 'the modulus'])(
    'of %s of the issuer’s public key is refused, whether or not HMAC is configured [IT-07]',
    async (form) => {
      const confused = { ...hmacSigner(raw.publicForms[form] ?? ''), publicJwk: raw.publicJwk }
      const lenient = await anotherInstance(shared, { BFF_ID_TOKEN_ALGS: 'RS256,HS256' })
      expect(await signedWith(confused)).toEqual(WRONG)
      expect(await signedWith(confused, lenient)).toEqual(WRONG)
      expect(await signedWith(raw, lenient)).toEqual(COMPLETED)
    },
  )
})

describe('a key that an ID token brings along', () => {
  it.each<[string, (attacker: SigningKey) => object]>([
    ['jwk', ({ publicJwk }) => ({ jwk: publicJwk })],
    [
      'jwk under the name of a real key',
      ({ publicJwk }) => ({ jwk: publicJwk, kid: keyFor('RS256').publicJwk.kid }),
    ],
    ['jku', () => ({ jku: `${shared.server.issuer}/attacker/jwks` })],
    ['x5u', () => ({ x5u: `${shared.server.issuer}/attacker/certificate` })],
    ['x5c', ({ publicJwk }) => ({ x5c: [Buffer.from(JSON.stringify(publicJwk)).toString('base64')] })],
  ])('as %s is neither used nor fetched [IT-06]', async (_, header) => {
    const attacker = await createSigningKey('RS256')
    shared.server.scripts['/attacker/jwks'] = () => ({ body: { keys: [attacker.publicJwk] } })
    const outcome = await attemptLogin(bff, {
      signWith: attacker,
      keys: [keyFor('RS256').publicJwk],
      changeIdToken: (parts) => Object.assign(parts.header, header(attacker)),
    })

    expect(outcome).toEqual(WRONG)
    expect(shared.server.requests.filter(({ path }) => path.startsWith('/attacker'))).toEqual([])
  })
})

describe('the at_hash of an ID token', () => {
  it.each(ALGORITHMS)('by %s is refused when it is of another access token [IT-12]', async (algorithm) => {
    const outcome = await attemptLogin(bff, {
      signWith: keyFor(algorithm),
      keys: [keyFor(algorithm).publicJwk],
      changeIdToken: ({ claims }) => {
        claims.at_hash = accessTokenHash(algorithm, 'another access token')
      },
    })
    expect(outcome).toEqual(WRONG)
  })

  it.each([
    ['RS256', '77QmUPtjPfzWtF2AnpK9RQ', true],
    ['ES384', '77QmUPtjPfzWtF2AnpK9RQ', false],
    ['Ed25519', '77QmUPtjPfzWtF2AnpK9RQ', false],
  ])(
    'by %s is half of the hash that the algorithm names: %s accepted %s [IT-12]',
    async (algorithm, hash, accepted) => {
      const outcome = await attemptLogin(bff, {
        signWith: keyFor(algorithm),
        keys: [keyFor(algorithm).publicJwk],
        // The example of OpenID Connect Core 1.0, appendix A.3.
        tokenResponse: { access_token: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y' },
        changeIdToken: ({ claims }) => {
          claims.at_hash = hash
        },
      })
      expect(outcome).toEqual(accepted ? COMPLETED : WRONG)
    },
  )

  it.each([
    ['empty', ''],
    ['null', null],
    ['a number', 7],
  ])('that is %s is refused [IT-12]', async (_, hash) => {
    const changeIdToken = ({ claims }: { claims: { [name: string]: unknown } }) => {
      claims.at_hash = hash
    }
    expect(await attemptLogin(bff, { changeIdToken })).toEqual(WRONG)
  })

  it('may be missing [IT-12]', async () => {
    expect(
      await attemptLogin(bff, {
        changeIdToken: ({ claims }) => void Object.assign(claims, { at_hash: undefined }),
      }),
    ).toEqual(COMPLETED)
  })
})

function replacePart(token: string, index: number, part = ''): string {
  return token.split('.').with(index, part).join('.')
}

function flipLastBitOf(token: string, index: number): string {
  const bytes = Buffer.from(token.split('.')[index] ?? '', 'base64url')
  const last = bytes.length - 2
  bytes[last] = (bytes[last] ?? 0) ^ 1
  return replacePart(token, index, bytes.toString('base64url'))
}
