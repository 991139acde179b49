// A single-page application in front of a BFF: it knows no token, no OAuth, and one header.
import { call } from './call.js'
import { demoApi, forgetDemoApi, showDemoApi } from './demo-api.js'
import { showHoldings } from './holdings.js'
import { element, fill, hideProblem, showProblem } from './page.js'
import { followSession } from './session.js'

/** The route that the authorization server returns to when this application hands the code over itself. */
const CALLBACK_ROUTE = '/signed-in'

const arrival = location.pathname === CALLBACK_ROUTE ? handOverCode() : tidyAddress()
const session = followSession(arrival, show)
demoApi(session.look)
element('log-out').addEventListener('click', logOut)

function show(answer, isAnother) {
  if (answer === undefined) return showNobody('Looking for a session…')
  const { ok, body } = answer
  // Not the same as: signed out. What is shown may still be true.
  if (!ok) return showStatus(`The session cannot be looked up. ${body.detail}`)
  if (body.authenticated) showUser(body, isAnother)
  else showNobody('You are signed out.')
  element('log-in').hidden = body.authenticated
  void showHoldings(body)
}

function showUser({ claims, expiresAt, idleExpiresAt }, isAnother) {
  showStatus(`You are signed in as ${claims.name ?? claims.sub}.`)
  fill(
    'claims',
    Object.entries(claims).map(([name, value]) => [name, String(value)]),
  )
  showInstant('absolute-expiry', expiresAt)
  showInstant('idle-expiry', idleExpiresAt)
  if (isAnother) void showDemoApi()
  element('log-out').hidden = false
  element('signed-in').hidden = false
}

function showNobody(status) {
  showStatus(status)
  element('log-out').hidden = true
  element('signed-in').hidden = true
  fill('claims', [])
  fill('holdings', [])
  forgetDemoApi()
}

function showStatus(text) {
  element('status').textContent = text
}

function showInstant(id, epochSeconds) {
  const instant = new Date(epochSeconds * 1000)
  element(id).dateTime = instant.toISOString()
  element(id).textContent = instant.toLocaleTimeString()
}

async function logOut() {
  hideProblem()
  const { ok, body } = await call('/bff/logout', 'POST')
  if (!ok) return showProblem(body.detail)
  session.ended()
  location.assign(body.logoutUrl)
}

/** The application received the authorization response itself: it hands it to the BFF and forgets it. */
async function handOverCode() {
  const response = Object.fromEntries(new URLSearchParams(location.search))
  const { ok, body } = await call('/bff/callback', 'POST', response)
  history.replaceState(null, '', ok ? body.returnTo : '/')
  if (!ok) showProblem(body.detail)
}

/**
 * The BFF sends a failed login to the error path, if it has one, with a code and a request id; the authorization server
 * sends a completed logout back with a state, which means nothing here.
 */
async function tidyAddress() {
  const query = new URLSearchParams(location.search)
  if (query.has('error')) showProblem(`The login failed: ${query.get('error')} (${query.get('id')}).`)
  if (query.has('error') || query.has('state')) history.replaceState(null, '', '/')
}
