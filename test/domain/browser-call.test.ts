import { describe, expect, it } from 'vitest'
import { type BrowserCall, refuseBrowserCall, refuseFormPost } from '../../functions/domain/browser-call.ts'

const OURS = 'https://app.example.com'
const STATIC_HEADERS = ['1', undefined, '', '0', 'true', '1, 1', ' 1']
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/**
 * Rows: what Sec-Fetch-Site says. Columns: what Origin says. `pass` and refusals as the policy has them; `get` passes
 * a GET or HEAD and refuses any other method, whose origin is then unknown. Written from the policy, not from the code.
 */
const FOREIGN_ORIGINS = [
  'https://evil.example',
  'https://app.example.com.evil.example',
  'https://evil-app.example.com',
  'https://sub.app.example.com',
  'https://example.com',
  'https://app.example.com:8443',
  'https://app.example.com/',
  'http://app.example.com',
  'HTTPS://APP.EXAMPLE.COM',
  '',
]
const ORIGINS = { absent: [undefined], ours: [OURS], opaque: ['null'], foreign: FOREIGN_ORIGINS }
const TABLE = [
  { site: 'same-origin', absent: 'pass', ours: 'pass', opaque: 'pass', foreign: 'foreign-origin' },
  {
    site: 'same-site',
    absent: 'cross-site',
    ours: 'cross-site',
    opaque: 'cross-site',
    foreign: 'cross-site',
  },
  {
    site: 'cross-site',
    absent: 'cross-site',
    ours: 'cross-site',
    opaque: 'cross-site',
    foreign: 'cross-site',
  },
  { site: 'none', absent: 'cross-site', ours: 'cross-site', opaque: 'cross-site', foreign: 'cross-site' },
  { site: '', absent: 'cross-site', ours: 'cross-site', opaque: 'cross-site', foreign: 'cross-site' },
  {
    site: 'Same-Origin',
    absent: 'cross-site',
    ours: 'cross-site',
    opaque: 'cross-site',
    foreign: 'cross-site',
  },
  {
    site: undefined,
    absent: 'get',
    ours: 'pass',
    opaque: 'foreign-origin',
    foreign: 'foreign-origin',
  },
] as const
type Kind = keyof typeof ORIGINS

interface Case {
  readonly call: BrowserCall
  readonly expected: string | undefined
}

/** Every combination of site, origin and method, with what the table says of it, or of `judgedAs` in its stead. */
function casesWith(staticHeader: string | undefined, judgedAs?: string): Case[] {
  return TABLE.flatMap((row) =>
    (Object.keys(ORIGINS) as Kind[]).flatMap((kind) =>
      ORIGINS[kind].flatMap((origin) =>
        METHODS.map((method) => ({
          call: { method, staticHeader, origin, fetchSite: row.site },
          expected: outcome(row[kind], judgedAs ?? method),
        })),
      ),
    ),
  )
}

function outcome(cell: string, method: string): string | undefined {
  if (cell === 'get') return ['GET', 'HEAD'].includes(method) ? undefined : 'origin-unknown'
  return cell === 'pass' ? undefined : cell
}

function wronglyJudged(
  cases: readonly Case[],
  judge: (call: BrowserCall, publicOrigin: string) => string | undefined,
) {
  return cases.filter(({ call, expected }) => judge(call, OURS) !== expected)
}

describe('a call that carries the session cookie', () => {
  it('is judged by Sec-Fetch-Site, Origin and method as the table says [CC-06] [CC-07]', () => {
    const cases = casesWith('1')
    expect(cases.length).toBe(TABLE.length * (3 + FOREIGN_ORIGINS.length) * METHODS.length)
    expect(wronglyJudged(cases, refuseBrowserCall)).toEqual([])
  })

  it.each(STATIC_HEADERS.slice(1))(
    'is refused with the static header %j, whatever its method and origin [CC-03]',
    (staticHeader) => {
      const cases = casesWith(staticHeader).map(({ call }) => ({ call, expected: 'static-header-missing' }))
      expect(wronglyJudged(cases, refuseBrowserCall)).toEqual([])
    },
  )

  it.each(['same-site', 'cross-site'])(
    'is refused from a %s page though it shows our header and our Origin: SameSite alone would let it in [CC-02]',
    (fetchSite) => {
      const call = { method: 'POST', staticHeader: '1', origin: OURS, fetchSite }
      expect(refuseBrowserCall(call, OURS)).toBe('cross-site')
    },
  )

  it.each(FOREIGN_ORIGINS)('is refused with an Origin that is only like ours: %j [CC-04]', (origin) => {
    const call = { method: 'GET', staticHeader: '1', origin, fetchSite: undefined }
    expect(refuseBrowserCall(call, OURS)).toBe('foreign-origin')
  })

  it('knows no methods but GET and HEAD that an old browser may send without saying where it is [CC-07] [CC-09]', () => {
    const passing = METHODS.filter((method) => {
      const call = { method, staticHeader: '1', origin: undefined, fetchSite: undefined }
      return refuseBrowserCall(call, OURS) === undefined
    })
    expect(passing).toEqual(['GET', 'HEAD'])
  })
})

describe('a form post, which cannot send the static header', () => {
  it('is judged like a POST with the header, even if it claims to be another method [CC-01] [CC-10]', () => {
    const cases = STATIC_HEADERS.flatMap((header) => casesWith(header, 'POST'))
    expect(wronglyJudged(cases, refuseFormPost)).toEqual([])
  })

  it('is refused when the browser says nothing of where it comes from [CC-07]', () => {
    const call = { method: 'POST', staticHeader: undefined, origin: undefined, fetchSite: undefined }
    expect(refuseFormPost(call, OURS)).toBe('origin-unknown')
  })

  it.each([
    ['Sec-Fetch-Site', { origin: undefined, fetchSite: 'same-origin' }],
    ['its exact Origin', { origin: OURS, fetchSite: undefined }],
  ])('passes when %s proves that it is ours [CC-01]', (_, proof) => {
    expect(refuseFormPost({ method: 'POST', staticHeader: undefined, ...proof }, OURS)).toBeUndefined()
  })
})
