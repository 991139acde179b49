import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'
import { consentPage, loginPage, pageHeaders } from './pages.ts'
import { isRightPassword } from './users.ts'

/** The page between an authorization request and its response; consent only for `prompt=consent`. */
export async function handleInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const interaction = await provider.interactionDetails(request, response)
    const page = interaction.prompt.name === 'login' ? loginPage : consentPage
    if (request.method !== 'POST') return show(response, 200, page())
    const form = new URLSearchParams(await text(request))
    const results = decide(interaction.prompt.name, form)
    if (results === undefined)
      return show(response, 401, loginPage('That is not the name and password of the test user.'))
    await provider.interactionFinished(request, response, results, { mergeWithLastSubmission: true })
  } catch {
    show(response, 400, loginPage('This login has expired. Go back to the application and start again.'))
  }
}

function decide(prompt: string, form: URLSearchParams): InteractionResults | undefined {
  if (form.has('cancel')) return { error: 'access_denied', error_description: 'The user cancelled.' }
  if (prompt !== 'login') return { consent: {} }
  const name = form.get('name')
  return isRightPassword(name, form.get('password')) ? { login: { accountId: name as string } } : undefined
}

function show(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, pageHeaders).end(page)
}
