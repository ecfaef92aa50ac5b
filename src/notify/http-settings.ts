import { DiagnosticError, type Diagnostic, type Span } from '../diagnostic/index.ts'
import { option, type, type OptionSchema, type Raw } from '../settings/index.ts'
import { defaultsOf, readInto, unknown } from './account-settings.ts'

const strings = type.list(type.string)
const PREFIX = 'xpack.http.'

/** Settings of every HTTP request that watches make, by Elasticsearch's names. */
const HTTP = {
  whitelist: option(strings, {
    default: ['*'] as readonly string[],
    describe: 'Targets allowed, as patterns such as `https://hooks.example.org:*`.',
  }),
  default_connection_timeout: option(type.duration, { default: 10_000, describe: 'Longest wait for a connection.' }),
  default_read_timeout: option(type.duration, { default: 10_000, describe: 'Longest silence of a server.' }),
  max_response_size: option(type.bytes, { default: 10 * 1024 * 1024, describe: 'Longest answer that is read.' }),
  'proxy.host': option(type.string, { describe: 'Proxy for all requests.' }),
  'proxy.port': option(type.port, { default: 8080, describe: 'Port of the proxy.' }),
  'proxy.scheme': option(type.oneOf('http', 'https'), { default: 'http', describe: 'How the proxy is spoken to.' }),
  'ssl.certificate_authorities': option(strings, {
    default: [] as readonly string[],
    describe: 'Files of certificate authorities to trust beside the usual ones.',
  }),
  'ssl.verification_mode': option(type.oneOf('full', 'certificate', 'none'), {
    default: 'full',
    describe: 'How certificates are checked.',
  }),
} satisfies OptionSchema

export interface Proxy {
  readonly host: string
  readonly port: number
  readonly scheme: 'http' | 'https'
}

export interface HttpSettings {
  /** Patterns with `*`; internal targets need one that names them. */
  readonly allowed: readonly string[]
  readonly connectTimeoutMillis: number
  readonly readTimeoutMillis: number
  readonly responseLimit: number
  readonly proxy?: Proxy
  readonly certificateAuthorities: readonly string[]
  readonly verification: 'full' | 'certificate' | 'none'
}

/** @throws DiagnosticError naming every unknown or wrong setting below `xpack.http.` */
export function readHttpSettings(
  open: ReadonlyMap<string, Raw>,
  spans: ReadonlyMap<string, Span> = new Map(),
): HttpSettings {
  const problems: Diagnostic[] = []
  const values = defaultsOf(HTTP)
  for (const [key, raw] of open) {
    if (!key.startsWith(PREFIX)) continue
    const name = key.slice(PREFIX.length)
    if (name in HTTP) readInto(values, HTTP, name, { key, raw, span: spans.get(key) }, problems, [])
    else problems.push(unknown(key, PREFIX, Object.keys(HTTP), spans.get(key)))
  }
  if (problems.length > 0) throw new DiagnosticError(problems)
  const host = values['proxy.host'] as string | undefined
  return {
    allowed: values['whitelist'] as readonly string[],
    connectTimeoutMillis: values['default_connection_timeout'] as number,
    readTimeoutMillis: values['default_read_timeout'] as number,
    responseLimit: values['max_response_size'] as number,
    ...(host === undefined
      ? {}
      : { proxy: { host, port: values['proxy.port'] as number, scheme: values['proxy.scheme'] as Proxy['scheme'] } }),
    certificateAuthorities: values['ssl.certificate_authorities'] as readonly string[],
    verification: values['ssl.verification_mode'] as HttpSettings['verification'],
  }
}
