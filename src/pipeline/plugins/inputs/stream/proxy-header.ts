const LONGEST = 107
const MISSING = 'the connection does not begin with a PROXY header, which proxy_protocol asks for'

export interface ProxiedPeer {
  readonly host: string
  readonly ip: string
  readonly port: number
  readonly proxyHost: string
  readonly proxyPort: number
}

/** Reads the header of the PROXY protocol, version 1 (haproxy's proxy-protocol.txt, section 2.1), over several chunks if need be. */
export class ProxyHeader {
  complete = false
  private held: Buffer = Buffer.alloc(0)
  private parts: string[] = []

  /** The bytes after the header; `error` where it is none. */
  read(chunk: Buffer): { rest: Buffer; error?: string } {
    const bytes = Buffer.concat([this.held, chunk])
    const end = bytes.indexOf('\r\n')
    if (end < 0 || end > LONGEST) {
      if (bytes.length > LONGEST || !'PROXY '.startsWith(bytes.toString('latin1', 0, 6)))
        return { rest: bytes, error: MISSING }
      this.held = bytes
      return { rest: Buffer.alloc(0) }
    }
    const line = bytes.toString('latin1', 0, end)
    this.parts = line.split(' ')
    const wellFormed = /^PROXY (?:TCP[46] [0-9a-fA-F.:]+ [0-9a-fA-F.:]+ \d{1,5} \d{1,5}|UNKNOWN.*)$/.test(line)
    if (!wellFormed)
      return { rest: bytes, error: line.startsWith('PROXY ') ? 'the PROXY header is malformed' : MISSING }
    this.complete = true
    this.held = Buffer.alloc(0)
    return { rest: bytes.subarray(end + 2) }
  }

  /** Empty where the proxy does not know the sender. */
  peer(): ProxiedPeer | Record<string, never> {
    const [, kind, source, destination, sourcePort, destinationPort] = this.parts
    if (kind === 'UNKNOWN') return {}
    return {
      host: source!,
      ip: source!,
      port: Number(sourcePort),
      proxyHost: destination!,
      proxyPort: Number(destinationPort),
    }
  }
}
