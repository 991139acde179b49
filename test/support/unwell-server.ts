import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen, type RunningServer } from '../../dev/listen.ts'

/** Ways in which a server can be of no use. */
export type Ailment =
  | 'refuses connections'
  | 'resets every connection'
  | 'answers that it failed'
  | 'answers that it is overloaded'
  | 'answers with nonsense'
  | 'never answers'
  | 'stops in the middle of its answer'
  | 'answers octet by octet'

/** What an unwell server writes into its errors: words that must go no further. */
export const UNWELL_SERVER_TEXT = 'text-of-an-unwell-server-with-a-secret'

const JSON_1_0 = { 'content-type': 'application/x-amz-json-1.0' }
const ENDLESS = { ...JSON_1_0, 'content-length': '1000000' }

const TREATMENTS: { readonly [ailment in Ailment]: (response: ServerResponse) => void } = {
  'refuses connections': () => {},
  'resets every connection': ({ req }) => req.socket.resetAndDestroy(),
  'answers that it failed': (response) => refuse(response, 500, 'InternalServerError'),
  'answers that it is overloaded': (response) =>
    refuse(response, 400, 'ProvisionedThroughputExceededException'),
  'answers with nonsense': (response) => response.writeHead(200, JSON_1_0).end(`<p>${UNWELL_SERVER_TEXT}`),
  'never answers': () => {},
  'stops in the middle of its answer': (response) => {
    response.writeHead(200, ENDLESS).write('{"Item":{')
  },
  'answers octet by octet': (response) => {
    const drip = setInterval(() => response.write(' '), 100)
    response.writeHead(200, ENDLESS).on('close', () => clearInterval(drip))
  },
}

/** An AWS service, as far as the SDK can tell, on a bad day. */
export async function startUnwellServer(
  ailment: Ailment,
): Promise<RunningServer & { readonly endpoint: string }> {
  const server = createServer((request: IncomingMessage, response) => {
    request.resume().on('end', () => TREATMENTS[ailment](response))
  })
  const running = await listen(server, 0, '127.0.0.1')
  if (ailment === 'refuses connections') await running.stop()
  return { ...running, endpoint: `http://127.0.0.1:${running.port}` }
}

function refuse(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, JSON_1_0).end(JSON.stringify({ __type: type, message: UNWELL_SERVER_TEXT }))
}
