import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Logger } from '../../../diagnostic/index.ts'

/** Sends datagrams, by a socket for each family of addresses. */
export class Datagrams {
  private readonly logger: Logger
  private readonly sockets = new Map<4 | 6, Socket>()

  constructor(logger: Logger) {
    this.logger = logger
  }

  /** @throws Error where the name is not known, or the system does not take the datagram. */
  async send(bytes: Buffer, host: string, port: number): Promise<void> {
    const target = isIP(host) === 0 ? await lookup(host) : { address: host, family: isIP(host) }
    const socket = this.socket(target.family === 6 ? 6 : 4)
    await new Promise<void>((resolve, reject) =>
      socket.send(bytes, port, target.address, (error) => (error === null ? resolve() : reject(error))),
    )
  }

  close(): void {
    for (const socket of this.sockets.values()) socket.close()
    this.sockets.clear()
  }

  private socket(family: 4 | 6): Socket {
    let socket = this.sockets.get(family)
    if (socket === undefined) {
      socket = createSocket(family === 6 ? 'udp6' : 'udp4')
      socket.on('error', (error) => this.logger.error({ plugin: 'udp' }, error.message))
      socket.unref()
      this.sockets.set(family, socket)
    }
    return socket
  }
}
