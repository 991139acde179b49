import { call } from './call.js'
import { element, fill, hideProblem, showProblem } from './page.js'

const LOGIN_HELPS = ['step-up-required', 'access-token-rejected', 'access-token-expired']

/**
 * The buttons that call the API of the local run.
 * @param onSignedOut called if a call finds that there is no session.
 */
export function demoApi(onSignedOut) {
  element('call-api').addEventListener('click', callApi)
  element('expire-token').addEventListener('click', expireToken)

  async function callApi() {
    const { ok, body } = await ask('/api/demo/hello')
    if (!ok) return
    element('api-note').textContent = 'The cookie went to the BFF, the access token from there to the API.'
    fill('api-answer', [
      ['Message', body.message],
      ['Calls so far', body.calls],
      ['Access tokens seen', body.accessTokensSeen],
    ])
  }

  async function expireToken() {
    const { ok } = await ask('/api/demo/expire', 'POST')
    if (!ok) return
    element('api-note').textContent =
      'The API refuses this access token from now on. Call it again: the BFF gets another one, and the API has seen one more. (The BFF does so at most once a minute.)'
  }

  async function ask(path, method) {
    hideProblem()
    const answer = await call(path, method)
    if (answer.ok) return answer
    fill('api-answer', [])
    if (answer.body.code === 'session-required') onSignedOut()
    else showProblem(answer.body.detail, loginAddress(answer.body))
    return answer
  }
}

/** A run with an authorization server of its own has no such API, and no such section. */
export async function showDemoApi() {
  forgetDemoApi()
  const { ok, body } = await call('/api/demo/provider')
  element('api').hidden = body.code === 'not-found'
  element('provider').hidden = !ok
  if (ok) element('provider-sign-out').href = body.signOutUrl
}

export function forgetDemoApi() {
  element('api-note').textContent = ''
  fill('api-answer', [])
}

/** With what the API asks of the login, if it says so. */
function loginAddress({ code, acr_values, max_age }) {
  if (!LOGIN_HELPS.includes(code)) return undefined
  const wanted = Object.entries({ acr_values, max_age }).filter(([, value]) => value !== undefined)
  return `/bff/login?${new URLSearchParams([['returnTo', '/'], ...wanted])}`
}
