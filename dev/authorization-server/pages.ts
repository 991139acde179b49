import { html, raw } from 'hono/html'
import { TEST_USER } from './users.ts'

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
}

export function loginPage(problem = ''): string {
  return page(
    'Sign in',
    html`${problem === '' ? '' : html`<p role="alert">${problem}</p>`}
<p>This is the embedded OpenID Provider. Its only user is filled in for you.</p>
<form method="post" autocomplete="off">
<label>Name <input name="name" required autofocus value="${TEST_USER.name}"></label>
<label>Password <input name="password" type="password" required value="${TEST_USER.password}"></label>
<button>Sign in</button>
<button name="cancel" value="1" formnovalidate>Cancel</button>
</form>`,
  )
}

export function consentPage(): string {
  return page(
    'Allow access',
    html`<p>The demo application wants to know your name and e-mail address.</p>
<form method="post">
<button>Allow</button>
<button name="cancel" value="1">Deny</button>
</form>`,
  )
}

/**
 * @param form the provider's own, which holds what only it knows, and no button.
 * @param application whether one sent the user here, who may then leave only that.
 */
export function signOutPage(form: string, application: boolean): string {
  const id = /id="([^"]+)"/.exec(form)?.[1] ?? ''
  return page(
    'Sign out',
    html`<p>Do you want to sign out here, and of every application that you signed in to from here?</p>
${raw(form)}
<button form="${id}" name="logout" value="yes" autofocus>Sign out</button>
${application ? html`<button form="${id}">Stay signed in here</button>` : ''}`,
  )
}

/** @param application whether only that was left. */
export function signedOutPage(application: boolean): string {
  return application
    ? page(
        'You have left the application',
        html`<p>You are still signed in here. You can close this page.</p>`,
      )
    : page(
        'You are signed out',
        html`<p>The applications that you used from here are told so. You can close this page.</p>`,
      )
}

export function errorPage(error: string, description = ''): string {
  return page('This did not work', html`<p>${description}</p><p><code>${error}</code></p>`)
}

function page(title: string, content: ReturnType<typeof html>): string {
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · local authorization server</title>
<style>
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
body { max-width: 26rem; margin: 12vh auto; padding: 0 1.5rem }
label { display: block; margin: 0 0 1rem }
input { display: block; width: 100%; box-sizing: border-box; padding: .5rem; font: inherit }
button { padding: .5rem 1rem; margin: 0 .5rem 0 0; font: inherit }
[role=alert] { border-left: .25rem solid crimson; padding-left: .75rem }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`)
}
