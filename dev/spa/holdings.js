import { element, fill } from './page.js'

/** Everything that a script on this page, such as an attacker's, could get hold of. */
export async function showHoldings(session) {
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
