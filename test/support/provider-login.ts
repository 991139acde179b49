import { TEST_USER } from '../../dev/authorization-server/users.ts'
import { witnessCookies, witnessParameters } from './witness.ts'

/** What the authorization server sent back to the redirect URI, by redirect or by form. */
export interface ProviderResponse {
  readonly redirectUri: string
  readonly parameters: URLSearchParams
  readonly byForm: boolean
}

/** Cookies by name: what makes a browser one browser. */
export type CookieJar = Map<string, string>

/** A person at the embedded OpenID Provider: gives name and password, allows access, and is sent back. */
export async function logInAtProvider(
  authorizationUrl: string,
  jar: CookieJar = new Map(),
): Promise<ProviderResponse> {
  const redirectUri = new URL(authorizationUrl).searchParams.get('redirect_uri') ?? ''
  let step = await request(jar, authorizationUrl)
  for (let steps = 0; steps < 10; steps += 1) {
    const back = sentBack(step, redirectUri)
    if (back !== undefined) return back
    step = step.location === undefined ? await fillIn(jar, step) : await request(jar, step.location)
  }
  throw new Error('The provider did not send the user back.')
}

/**
 * The same person signs out there, and confirms it.
 * @returns the question, and where it led: another address, or a page of the provider.
 */
export async function signOutAtProvider(
  endSessionUrl: string,
  jar: CookieJar,
): Promise<{ readonly question: string; readonly location: string; readonly page: string }> {
  const { page: question } = await request(jar, endSessionUrl)
  const [, action = endSessionUrl] = /action="([^"]+)"/.exec(question) ?? []
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(question) ?? []
  const { location = '' } = await request(jar, action, new URLSearchParams({ xsrf, logout: 'yes' }))
  const isProvider = location.startsWith(new URL(endSessionUrl).origin)
  return { question, location, page: isProvider ? (await request(jar, location)).page : '' }
}

interface Step {
  readonly url: string
  readonly location: string | undefined
  readonly page: string
}

async function request(jar: CookieJar, url: string, form?: URLSearchParams): Promise<Step> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const response = await fetch(url, {
    method: form === undefined ? 'GET' : 'POST',
    headers: {
      cookie,
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    body: form?.toString() ?? null,
    redirect: 'manual',
  })
  witnessCookies(response.headers.getSetCookie())
  for (const cookiePair of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookiePair) ?? []
    if (value === '') jar.delete(name)
    else jar.set(name, value)
  }
  const location = response.headers.get('location')
  return {
    url,
    page: await response.text(),
    location: location === null ? undefined : new URL(location, url).href,
  }
}

function fillIn(jar: CookieJar, { url, page }: Step): Promise<Step> {
  const form = page.includes('name="password"') ? { name: TEST_USER.name, password: TEST_USER.password } : {}
  return request(jar, url, new URLSearchParams(form))
}

function sentBack({ location, page }: Step, redirectUri: string): ProviderResponse | undefined {
  if (location?.startsWith(redirectUri)) {
    const parameters = new URL(location).searchParams
    witnessParameters(parameters)
    return { redirectUri, parameters, byForm: false }
  }
  if (!page.includes(`action="${redirectUri}"`)) return undefined
  const inputs = [...page.matchAll(/name="([^"]+)" value="([^"]*)"/g)]
  const parameters = new URLSearchParams(Object.fromEntries(inputs.map(([, name, value]) => [name, value])))
  witnessParameters(parameters)
  return { redirectUri, parameters, byForm: true }
}
