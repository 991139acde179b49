import { createHash, randomBytes } from 'node:crypto'
import type { TestClock } from './clock.ts'
import type { IdTokenParts, ScriptedAuthorizationServer } from './scripted-authorization-server.ts'

/** What a user allowed once: a code, and then one refresh token after the other. */
interface Grant {
  readonly request: URLSearchParams
  codeIsUsed: boolean
  hasEnded: boolean
  refreshToken: string | undefined
  /** Of its first ID token; a refreshed one says the same. */
  claims: IdTokenParts['claims'] | undefined
}

type Issuer = Pick<
  ScriptedAuthorizationServer,
  | 'standardClaims'
  | 'changeIdToken'
  | 'signWith'
  | 'tokenResponse'
  | 'rotatesRefreshTokens'
  | 'issuedTokens'
  | 'revoked'
>

/** The grants of a server that rotates refresh tokens, and ends a grant when one is used a second time. */
export function createGrants(issuer: () => Issuer, clock: TestClock) {
  const byCode = new Map<string, Grant>()
  const byRefreshToken = new Map<string, Grant>()

  async function issueTokens(grant: Grant) {
    const { tokenResponse, issuedTokens, signWith, rotatesRefreshTokens } = issuer()
    const accessToken = `at-${randomBytes(24).toString('base64url')}`
    const refreshToken = `rt-${randomBytes(24).toString('base64url')}`
    const isRefreshed = grant.refreshToken !== undefined
    const rotated = isRefreshed && !rotatesRefreshTokens ? {} : { refresh_token: refreshToken }
    const answer: { refresh_token?: string } = { ...rotated, ...tokenResponse }
    if (answer.refresh_token !== undefined) {
      grant.refreshToken = answer.refresh_token
      byRefreshToken.set(answer.refresh_token, grant)
    }
    const idToken = await signWith.sign(idTokenParts(grant), accessToken)
    issuedTokens.push(accessToken, refreshToken, idToken)
    return { access_token: accessToken, token_type: 'Bearer', expires_in: 300, id_token: idToken, ...answer }
  }

  function idTokenParts(grant: Grant): IdTokenParts {
    const { standardClaims, changeIdToken, signWith } = issuer()
    const now = clock.now()
    const parts = {
      header: { alg: signWith.algorithm, kid: signWith.publicJwk.kid },
      claims: { ...(grant.claims ?? standardClaims(grant.request)), iat: now, exp: now + 300 },
    }
    changeIdToken(parts)
    grant.claims ??= parts.claims
    return parts
  }

  /** @returns undefined if the form brings no grant of ours. */
  function use(form: URLSearchParams): Grant | undefined {
    return form.get('grant_type') === 'refresh_token' ? useRefreshToken(form) : useCode(form)
  }

  function useCode(form: URLSearchParams): Grant | undefined {
    const grant = byCode.get(form.get('code') ?? '')
    if (grant === undefined || grant.codeIsUsed || !isProved(form, grant.request)) return undefined
    grant.codeIsUsed = true
    return grant
  }

  function useRefreshToken(form: URLSearchParams): Grant | undefined {
    const token = form.get('refresh_token') ?? ''
    const grant = byRefreshToken.get(token)
    if (grant === undefined || grant.hasEnded) return undefined
    grant.hasEnded = grant.refreshToken !== token
    return grant.hasEnded ? undefined : grant
  }

  return {
    /** The user logs in: returns the code for an authorization request. */
    issueCode(authorizationUrl: string, code = randomBytes(24).toString('base64url')): string {
      const request = new URL(authorizationUrl).searchParams
      byCode.set(code, {
        request,
        codeIsUsed: false,
        hasEnded: false,
        refreshToken: undefined,
        claims: undefined,
      })
      return code
    },
    async redeem(form: URLSearchParams) {
      const grant = use(form)
      return grant === undefined
        ? { status: 400, body: { error: 'invalid_grant' } }
        : { body: await issueTokens(grant) }
    },
    revoke(form: URLSearchParams) {
      const token = form.get('token') ?? ''
      issuer().revoked.push(token)
      const grant = byRefreshToken.get(token)
      if (grant !== undefined) grant.hasEnded = true
      return { status: 200, body: '' }
    },
  }
}

function isProved(form: URLSearchParams, request: URLSearchParams): boolean {
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  return (
    challenge === request.get('code_challenge') && form.get('redirect_uri') === request.get('redirect_uri')
  )
}
