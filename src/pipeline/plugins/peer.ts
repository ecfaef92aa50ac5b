import type { ConnectionOptions } from 'node:tls'

/** Somebody a plugin speaks to, as `check --connect` sees whether anybody is there. */
export interface Peer {
  readonly host: string
  readonly port: number
  /** A socket's path, in place of host and port. */
  readonly path?: string
  /** How TLS is spoken, where it is. */
  readonly tls?: ConnectionOptions
  /** It takes datagrams, which nobody answers: only its name can be looked up. */
  readonly datagrams?: true
  /** What may be asked by HTTP without harm, so that a refused password is seen too. */
  readonly ask?: { readonly path: string; readonly headers: Readonly<Record<string, string>> }
}

/** The server of a URL; none where a field of the event decides. */
export function urlPeers(url: string, tls: ConnectionOptions): Peer[] {
  if (/%\{/.test(url) || !URL.canParse(url)) return []
  const { protocol, hostname, port } = new URL(url)
  const secure = protocol === 'https:'
  return [
    {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      ...(secure ? { tls } : {}),
    },
  ]
}
