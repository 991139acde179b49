/**
 * Calls the BFF, or an API through it: with the cookie that the browser adds by itself, and the header that no other
 * site can send. A server that cannot be reached is a problem like any other.
 */
export async function call(path, method = 'GET', content = undefined) {
  const type = content === undefined ? {} : { 'Content-Type': 'application/json' }
  try {
    const response = await fetch(path, {
      method,
      headers: { 'X-CSRF': '1', ...type },
      body: JSON.stringify(content),
    })
    const isJson = response.headers.get('Content-Type')?.includes('json')
    const body = isJson ? await response.json() : {}
    return { ok: response.ok, body: response.ok ? body : { detail: `Status ${response.status}.`, ...body } }
  } catch {
    return { ok: false, body: { code: 'unreachable', detail: 'The server cannot be reached.' } }
  }
}
