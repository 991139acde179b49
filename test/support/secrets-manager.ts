import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { listen, type RunningServer } from '../../dev/listen.ts'

/** What Secrets Manager does with a request for a secret's value. */
export type SecretsManagerAnswer =
  | { readonly SecretString?: string; readonly SecretBinary?: string }
  | { readonly error: string; readonly status: number; readonly message: string }
  | 'hang'

export interface LocalSecretsManager extends RunningServer {
  readonly endpoint: string
  /** What the next requests are answered. */
  answer: SecretsManagerAnswer
  /** Ids of the secrets that were asked for since the last call, in order. */
  takeRequests(): string[]
}

/** Speaks the JSON protocol of Secrets Manager, as far as `GetSecretValue` needs it. */
export async function startLocalSecretsManager(): Promise<LocalSecretsManager> {
  let requests: string[] = []
  const server = createServer((request, response) => void receive(request, response))
  const running = await listen(server, 0, '127.0.0.1')
  const manager: LocalSecretsManager = {
    ...running,
    endpoint: `http://127.0.0.1:${running.port}`,
    answer: { SecretString: '' },
    takeRequests() {
      const taken = requests
      requests = []
      return taken
    },
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { SecretId = '' } = (await json(request)) as { SecretId?: string }
    const isRead = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue'
    requests.push(isRead ? SecretId : 'not a read')
    const { answer } = manager
    if (answer === 'hang') return
    const [status, body] =
      'error' in answer ? [answer.status, { __type: answer.error, ...answer }] : [200, answer]
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
  }

  return manager
}
