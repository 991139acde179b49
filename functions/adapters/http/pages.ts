import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Problem } from './problem.ts'

const STYLE = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
body { max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem }
h1 { font-size: 1.5rem; line-height: 1.25 }
a { display: inline-block; margin: 0 1rem 1rem 0; padding: .5rem 1rem; border: 1px solid; border-radius: .375rem }
small { opacity: .8 }
`

/** Pages have no script and no form, load nothing and cannot be framed. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface Links {
  readonly loginUrl: string
  readonly applicationUrl: string
}

/** Where every page leads: to a login of its own, and to the application. */
export function linksOf({ publicOrigin, basePath }: { publicOrigin: string; basePath: string }): Links {
  return { loginUrl: `${publicOrigin}${basePath}/login`, applicationUrl: `${publicOrigin}/` }
}

/** Shown where a navigation failed and no error path is configured. */
export function problemPage(title: string, problem: Problem, { loginUrl, applicationUrl }: Links) {
  return page(
    title,
    html`<p>${problem.detail}</p>
<p><a href="${loginUrl}">Sign in again</a><a href="${applicationUrl}">Continue to the app</a></p>
<p><small>${problem.code} · ${problem.requestId}</small></p>`,
  )
}

/** Shown where another site sent the browser to the login endpoint and nobody clicked. */
export function confirmLoginPage({ loginUrl, applicationUrl }: Links) {
  return page(
    'Sign in?',
    html`<p>Another site sent you here to sign in. If that was not what you wanted, leave this page.</p>
<p><a href="${loginUrl}">Sign in</a><a href="${applicationUrl}">Continue to the app</a></p>`,
  )
}

function page(title: string, content: ReturnType<typeof html>) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`
}
