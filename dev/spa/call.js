/**
 * Calls the BFF, or an API through it: with the cookie that the browser adds by itself, and the header that no other
 * site can send. A server that cannot be reached is a problem like any other.
 */
export async function call(path, method = 'GET', body = undefined) {
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' }
  try {
    const response = await fetch(path, {
      method,
      headers: { 'X-CSRF': '1', ...type },
      body: JSON.stringify(body),
    })
    const isJson = response.headers.get('Content-Type')?.includes('json')
    const unexplained = { detail: `The server answered ${response.status}.` }
    return { ok: response.ok, body: isJson ? { ...unexplained, ...(await response.json()) } : unexplained }
  } catch {
    return { ok: false, body: { code: 'unreachable', detail: 'The server cannot be reached.' } }
  }
}
