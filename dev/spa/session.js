import { call } from './call.js'

const NOBODY = 'nobody'

/**
 * Follows the session: asks for it whenever the page is shown, also from the history, when its tab comes to the front,
 * and when another tab has seen another session than this one.
 * @param ready what the first question waits for.
 * @param show gets each answer, and whether the session is another than before; nothing when the page is left, which
 *   must not keep what a later user could see.
 */
export function followSession(ready, show) {
  let channel
  let seen
  let last = ready
  let isWaiting = false

  /** One question at a time, and at most one more waiting. Peeking is no use: open tabs keep no session alive. */
  function look(query = '?peek=1') {
    if (isWaiting) return
    isWaiting = true
    last = last.then(async () => {
      isWaiting = false
      const answer = await call(`/bff/session${query}`)
      const name = answer.ok ? nameOf(answer.body) : seen
      show(answer, name !== seen)
      tellOtherTabs(name)
    })
  }

  function tellOtherTabs(name) {
    if (name === seen) return
    seen = name
    channel.postMessage(name)
  }

  addEventListener('pageshow', () => {
    channel = new BroadcastChannel('session')
    channel.onmessage = ({ data }) => data !== seen && look()
    look('')
  })
  addEventListener('pagehide', () => {
    channel.close()
    seen = undefined
    show()
  })
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look())

  return {
    look,
    ended() {
      show({ ok: true, body: { authenticated: false } }, true)
      tellOtherTabs(NOBODY)
    },
  }
}

function nameOf({ authenticated, claims, expiresAt }) {
  return authenticated ? `${claims.sub} until ${expiresAt}` : NOBODY
}
