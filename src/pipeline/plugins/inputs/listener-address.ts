import { fail, type DiagnosticError } from '../../../diagnostic/index.ts'
import type { InputContext } from '../define.ts'

/**
 * The address a listener binds: its own `host`, else `inputs.host`, else loopback with a notice.
 * Logstash would have bound every interface, so the narrowing is told and never silent.
 */
export function listenerAddress(plugin: string, host: string | undefined, port: number, context: InputContext): string {
  if (host !== undefined) return host
  if (context.defaultHost !== undefined) return context.defaultHost
  context.notice(`${plugin} input on ${port} listens on 127.0.0.1 only: set host => "0.0.0.0" or inputs.host`)
  return '127.0.0.1'
}

/** What is said where an address cannot be bound. */
export function listenError(
  plugin: string,
  host: string,
  port: number,
  error: NodeJS.ErrnoException,
  kind: 'input' | 'output' = 'input',
): DiagnosticError {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  if (error.code === 'EADDRINUSE') return fail('plugin.port_in_use', { plugin: `${plugin} ${kind}`, address })
  const reason =
    error.code === 'EACCES'
      ? 'ports below 1024 need root or CAP_NET_BIND_SERVICE'
      : error.code === 'EADDRNOTAVAIL'
        ? 'this machine has no such address'
        : (error.code ?? error.message)
  return fail('plugin.cannot_listen', { plugin: `${plugin} ${kind}`, address, reason })
}
