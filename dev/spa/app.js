// A single-page application in front of a BFF: it knows no token, no OAuth, and one header.
const CALL = { headers: { 'X-CSRF': '1' } }
/** The route that the authorization server returns to when this application hands the code over itself. */
const CALLBACK_ROUTE = '/signed-in'

const element = (id) => document.getElementById(id)

if (location.pathname === CALLBACK_ROUTE) await handOverCode()
else showFailedNavigation()
await showSession()

// A page that comes back from the history, or from another tab, may show a session that is gone.
window.addEventListener('pageshow', ({ persisted }) => persisted && showSession())
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && showSession())
element('log-out').addEventListener('click', logOut)

async function showSession() {
  const response = await fetch('/bff/session', CALL)
  if (!response.ok) return showProblem((await response.json()).detail)
  const session = await response.json()
  element('status').textContent = session.authenticated
    ? `You are signed in as ${session.claims.name ?? session.claims.sub}.`
    : 'You are signed out.'
  element('log-in').hidden = session.authenticated
  element('log-out').hidden = !session.authenticated
  element('signed-in').hidden = !session.authenticated
  if (session.authenticated) showClaims(session)
  await showHoldings(session)
}

function showClaims({ claims, expiresAt, idleExpiresAt }) {
  fill(
    'claims',
    Object.entries(claims).map(([name, value]) => [name, String(value)]),
  )
  showInstant('absolute-expiry', expiresAt)
  showInstant('idle-expiry', idleExpiresAt)
}

function showInstant(id, epochSeconds) {
  const instant = new Date(epochSeconds * 1000)
  element(id).dateTime = instant.toISOString()
  element(id).textContent = instant.toLocaleTimeString()
}

/** Everything that a script on this page, such as an attacker's, could get hold of. */
async function showHoldings(session) {
  const databases = (await indexedDB.databases?.()) ?? []
  const holdings = [
    ['document.cookie', document.cookie],
    ['localStorage', JSON.stringify({ ...localStorage })],
    ['sessionStorage', JSON.stringify({ ...sessionStorage })],
    ['IndexedDB', databases.map(({ name }) => name).join(', ')],
    ['Address bar', location.href],
    ['Answer of /bff/session', JSON.stringify(session)],
  ]
  fill(
    'holdings',
    holdings.map(([name, value]) => [name, value === '' || value === '{}' ? 'nothing' : value]),
  )
  const looksLikeToken = /eyJ[\w-]+\.[\w-]+\.|access_token|refresh_token|id_token/
  const found = holdings.filter(([, value]) => looksLikeToken.test(value))
  element('verdict').textContent =
    found.length === 0
      ? 'No token anywhere a script can look.'
      : `A token is in ${found.map(([name]) => name)}!`
}

function fill(id, entries) {
  element(id).replaceChildren(
    ...entries.flatMap(([name, value]) => {
      const term = document.createElement('dt')
      const description = document.createElement('dd')
      term.textContent = name
      description.textContent = value
      return [term, description]
    }),
  )
}

async function logOut() {
  const response = await fetch('/bff/logout', { method: 'POST', ...CALL })
  const answer = await response.json()
  if (!response.ok) return showProblem(answer.detail)
  location.assign(answer.logoutUrl)
}

/** The application received the authorization response itself: it hands it to the BFF and forgets it. */
async function handOverCode() {
  const response = await fetch('/bff/callback', {
    method: 'POST',
    headers: { ...CALL.headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(new URLSearchParams(location.search))),
  })
  const answer = await response.json()
  history.replaceState(null, '', response.ok ? answer.returnTo : '/')
  if (!response.ok) showProblem(answer.detail)
}

/** The BFF sends a failed login to the error path, if it has one, with a code and a request id. */
function showFailedNavigation() {
  const query = new URLSearchParams(location.search)
  if (!query.has('error')) return
  showProblem(`The login failed: ${query.get('error')} (${query.get('id')}).`)
  history.replaceState(null, '', '/')
}

function showProblem(text) {
  element('problem').textContent = text
  element('problem').hidden = false
}
