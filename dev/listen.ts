import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RunningServer {
  readonly port: number
  stop(): Promise<void>
}

/** Another program listens on this port. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  readonly port: number

  constructor(port: number) {
    super(`Port ${port} is taken by another program.`)
    this.port = port
  }
}

/**
 * @param port 0 chooses a free one.
 * @throws PortTaken
 */
export async function listen(server: Server, port: number, host: string): Promise<RunningServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTaken(port) : error)
    })
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections?.()
      }),
  }
}

/** Takes the port if it is free, else any other. */
export async function listenNear(server: Server, port: number, host: string): Promise<RunningServer> {
  try {
    return await listen(server, port, host)
  } catch (error) {
    if (error instanceof PortTaken) return listen(server, 0, host)
    throw error
  }
}
