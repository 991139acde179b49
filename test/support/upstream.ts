import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** A request as it came over the wire. */
export interface UpstreamCall {
  readonly method: string
  readonly target: string
  /** As sent and in order, octets as Latin-1. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
  /** Request line and headers, as they came. */
  readonly head: string
  /** Which connection brought it, counted from 0. */
  readonly connection: number
}

export type UpstreamAnswer = 'hang' | 'reset' | WholeAnswer | RawAnswer

export interface WholeAnswer {
  readonly status?: number
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array | string
}

/** Octets as they are, after which the connection is closed. */
export interface RawAnswer {
  readonly raw: Uint8Array | string
  readonly staysOpen?: boolean
}

/**
 * A resource server on a bare socket: it knows exactly which octets came, since no library read them first, and can send
 * octets that no library would.
 */
export async function startScriptedUpstream(tls?: { readonly key: string; readonly cert: string }) {
  const sockets: Socket[] = []
  const upstream = {
    calls: [] as UpstreamCall[],
    answer: (_call: UpstreamCall): UpstreamAnswer | Promise<UpstreamAnswer> => ({}),
    connections: () => sockets.length,
    takeCalls: () => upstream.calls.splice(0),
  }

  function receive(socket: Socket): void {
    const connection = sockets.push(socket) - 1
    let received = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', async (octets: Buffer) => {
      received = Buffer.concat([received, octets])
      for (let call = firstCall(received, connection); call !== undefined; ) {
        received = received.subarray(Buffer.byteLength(call.head, 'latin1') + call.body.length)
        upstream.calls.push(call)
        send(socket, call, await upstream.answer(call))
        call = firstCall(received, connection)
      }
    })
  }

  const server: Server = tls === undefined ? createServer(receive) : createTlsServer(tls, receive)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(upstream, {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    async stop(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

export type ScriptedUpstream = Awaited<ReturnType<typeof startScriptedUpstream>>

/** @returns undefined until it is complete. What is behind it would be another request. */
function firstCall(received: Buffer, connection: number): UpstreamCall | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = received.subarray(0, end + 4).toString('latin1')
  const [line = '', ...fields] = head.slice(0, -4).split('\r\n')
  const [method = '', target = ''] = line.split(' ')
  const headers = fields.map((field): [string, string] => {
    const colon = field.indexOf(':')
    return [field.slice(0, colon), field.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
  })
  const length = Number(headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? 0)
  const body = received.subarray(end + 4, end + 4 + length)
  return body.length < length ? undefined : { method, target, headers, body, head, connection }
}

function send(socket: Socket, { method }: UpstreamCall, answer: UpstreamAnswer): void {
  if (answer === 'hang') return
  if (answer === 'reset') socket.resetAndDestroy()
  else if ('raw' in answer) {
    socket.write(answer.raw)
    if (!answer.staysOpen) socket.end()
  } else socket.write(octetsOf(answer, method))
}

function octetsOf({ status = 200, headers = [], body = '' }: WholeAnswer, method: string): Buffer {
  const content = Buffer.from(body)
  const hasLength = status !== 204 && status !== 304
  const fields = [...headers, ...(hasLength ? [['content-length', content.length]] : [])]
  const head = [`HTTP/1.1 ${status} As Scripted`, ...fields.map(([name, value]) => `${name}: ${value}`)]
  return Buffer.concat([
    Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'),
    ...(method === 'HEAD' || !hasLength ? [] : [content]),
  ])
}

/** Values of a header that came, whatever its case. */
export function headerOf({ headers }: Pick<UpstreamCall, 'headers'>, name: string): string[] {
  return headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value)
}
