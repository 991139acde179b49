import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from '../../dev/listen.ts'

export interface LossyDynamoDB {
  readonly endpoint: string
  /**
   * The next request of this operation reaches the engine and is applied, but its reply is lost.
   * @param meanwhile runs after the write was applied and before anybody can repeat it.
   */
  loseReplyOf(operation: Operation, meanwhile?: () => Promise<void>): void
  /** Requests that the engine answered since the last call, in order, with the status of its reply. */
  takeAnswered(): Answered[]
  stop(): Promise<void>
}

export type Operation = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'GetItem'
export type Answered = readonly [operation: string, status: number, reply: 'delivered' | 'lost']

/** Stands between the SDK and an engine, and loses the replies it is told to: the engine has done its work by then. */
export async function startLossyDynamoDB(engine: string): Promise<LossyDynamoDB> {
  let loss: { readonly operation: Operation; readonly meanwhile: () => Promise<void> } | undefined
  let answered: Answered[] = []

  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = operationOf(request)
    const reply = await forward(engine, request)
    if (loss?.operation !== operation) {
      answered.push([operation, reply.status, 'delivered'])
      response.writeHead(reply.status, reply.headers).end(reply.body)
      return
    }
    const { meanwhile } = loss
    loss = undefined
    answered.push([operation, reply.status, 'lost'])
    await meanwhile()
    request.socket.destroy()
  }

  const server = createServer((request, response) => {
    relay(request, response).catch(() => request.socket.destroy())
  })
  const { port, stop } = await listen(server, 0, '127.0.0.1')
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop,
    loseReplyOf(operation, meanwhile = async () => {}) {
      loss = { operation, meanwhile }
    },
    takeAnswered() {
      const taken = answered
      answered = []
      return taken
    },
  }
}

function operationOf({ headers }: IncomingMessage): string {
  return String(headers['x-amz-target']).split('.')[1] ?? ''
}

async function forward(engine: string, request: IncomingMessage) {
  const { method, headers } = request
  const body = await buffer(request)
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    sendRequest(new URL(request.url ?? '/', engine), { method, headers }, resolve)
      .on('error', reject)
      .end(body)
  })
  const { 'transfer-encoding': _chunked, ...kept } = reply.headers
  return { status: reply.statusCode ?? 0, headers: kept, body: await buffer(reply) }
}
