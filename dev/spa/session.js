import { call } from './call.js'

/**
 * Follows the session: asks for it whenever the page is shown, also from the history, when its tab comes to the front,
 * and when another tab has seen another session.
 * @param ready what the first question waits for.
 * @param show gets each answer, and whether the session is another than before; nothing when the page is left, which
 *   must not keep what a later user could see.
 */
export function followSession(ready, show) {
  let channel
  let shown
  /** What the tabs last told each other: each change is told once, and each tab asks once. */
  let told
  let last = ready
  let isWaiting = false

  /** One question at a time, and at most one more waiting. Peeking is no use: open tabs keep no session alive. */
  function look(query = '?peek=1') {
    if (isWaiting) return
    isWaiting = true
    last = last.then(async () => {
      isWaiting = false
      const answer = await call(`/bff/session${query}`)
      if (answer.ok) take(answer)
      else show(answer)
    })
  }

  function take(answer) {
    const name = nameOf(answer.body)
    show(answer, name !== shown)
    shown = name
    if (name !== told) channel?.postMessage(name)
    told = name
  }

  function hear({ data }) {
    if (data !== told) look()
    told = data
  }

  addEventListener('pageshow', () => {
    channel = new BroadcastChannel('session')
    channel.onmessage = hear
    look('')
  })
  addEventListener('pagehide', () => {
    channel.close()
    channel = undefined
    shown = undefined
    show()
  })
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look())

  return { look, ended: () => take({ ok: true, body: { authenticated: false } }) }
}

function nameOf({ authenticated, claims, expiresAt }) {
  return authenticated ? `${claims.sub} until ${expiresAt}` : 'nobody'
}
