import type { Happening } from './day.ts'

/** Where a happening goes, and what it looks like there. */
export type Sent =
  | { readonly to: 'tcpdump' | 'auth'; readonly line: string }
  | { readonly to: 'store'; readonly index: string; readonly document: object }

/** As the programs of a network write it: tcpdump its packets, sshd its logins, a web server its requests. */
export function asSent(happening: Happening): Sent[] {
  switch (happening.kind) {
    case 'connection':
      return tcpdumpLines(happening).map((line) => ({ to: 'tcpdump', line }))
    case 'login':
      return [{ to: 'auth', line: sshdLine(happening) }]
    case 'request':
      return [{ to: 'store', index: `vedetta-web-${day(happening.time)}`, document: requestDocument(happening) }]
  }
}

/** The same for a server without the shipped pipelines: documents in the names of ECS. */
export function asDocument(happening: Happening): { readonly index: string; readonly document: object } {
  const { kind, time } = happening
  if (kind === 'request') return { index: `vedetta-web-${day(time)}`, document: requestDocument(happening) }
  const head = { '@timestamp': new Date(time).toISOString(), source: { ip: happening.source } }
  if (kind === 'login')
    return {
      index: `vedetta-auth-${day(time)}`,
      document: {
        ...head,
        event: { category: ['authentication'], outcome: happening.success ? 'success' : 'failure' },
        user: { name: happening.user },
        host: { name: happening.host },
        message: sshdLine(happening),
      },
    }
  return {
    index: `vedetta-network-${day(time)}`,
    document: {
      ...head,
      source: { ip: happening.source, port: happening.sourcePort },
      destination: { ip: happening.target, port: happening.port },
      network: { transport: 'tcp' },
      event: { category: ['network'], type: [happening.open ? 'allowed' : 'denied'] },
    },
  }
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '.')
}

/** A SYN, and what answers it: SYN and ACK, or RST. Times are local, as tcpdump -tttt prints them. */
function tcpdumpLines(happening: Extract<Happening, { kind: 'connection' }>): string[] {
  const { time, source, sourcePort, target, port, open } = happening
  const from = `${source}.${sourcePort}`
  const to = `${target}.${port}`
  const sequence = (sourcePort * 65_537 + port) % 4_294_967_296
  return [
    `${localTime(time)} IP ${from} > ${to}: Flags [S], seq ${sequence}, win 64240, options [mss 1460], length 0`,
    open
      ? `${localTime(time + 0.4)} IP ${to} > ${from}: Flags [S.], seq ${sequence + 7}, ack ${sequence + 1}, win 65160, length 0`
      : `${localTime(time + 0.4)} IP ${to} > ${from}: Flags [R.], seq 0, ack ${sequence + 1}, win 0, length 0`,
  ]
}

function localTime(time: number): string {
  const date = new Date(time)
  const two = (value: number): string => String(value).padStart(2, '0')
  const micros = String(Math.floor((time % 1000) * 1000)).padStart(6, '0')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}.${micros}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function sshdLine({ time, source, host, user, success }: Extract<Happening, { kind: 'login' }>): string {
  const date = new Date(time)
  const two = (value: number): string => String(value).padStart(2, '0')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  const head = `${MONTHS[date.getMonth()]!} ${String(date.getDate()).padStart(2)} ${clock} ${host} sshd[4711]:`
  return `${head} ${success ? 'Accepted' : 'Failed'} password for ${user} from ${source} port 51515 ssh2`
}

function requestDocument({
  time,
  source,
  host,
  method,
  path,
  status,
}: Extract<Happening, { kind: 'request' }>): object {
  return {
    '@timestamp': new Date(time).toISOString(),
    message: `${source} ${method} ${path} ${status}`,
    source: { ip: source },
    host: { name: host },
    event: { category: ['web'], dataset: 'web.access', outcome: status < 400 ? 'success' : 'failure' },
    http: { request: { method }, response: { status_code: status } },
    url: { original: path, path: path.split('?')[0]! },
    user_agent: { original: source.startsWith('10.') ? 'Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0' : 'zgrab/0.x' },
  }
}
