import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'

const CONTENT_TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Serves a file of the demo application. A path without extension is a route of the application itself. */
export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  folder: URL,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const file = extname(pathname) === '' ? 'index.html' : pathname.slice(1)
  const contentType = CONTENT_TYPES[extname(file)]
  const content = /^[\w-]+\.\w+$/.test(file)
    ? await readFile(new URL(file, folder)).catch(() => undefined)
    : undefined
  if (content === undefined || contentType === undefined) {
    response.writeHead(404, { ...HEADERS, 'content-type': 'text/plain' }).end('Not found')
    return
  }
  response.writeHead(200, { ...HEADERS, 'content-type': contentType }).end(content)
}
