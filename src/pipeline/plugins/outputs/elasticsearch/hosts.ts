import { fail } from '../../../../diagnostic/index.ts'
import type { ElasticsearchOptions } from './options.ts'

const DEFAULT_PORT = '9200'

/** `host:port` as `store.aliases` has it, whatever form the address was given in. */
export function addressOf(host: string): string {
  return urlAddress(parse(host, false))
}

/** `host:port` of a URL, its scheme's own port where it names none. */
export function urlAddress(url: URL): string {
  return `${url.hostname}:${url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port}`
}

/** The addresses of a cluster as URLs without credentials, with the scheme, port and path that the options give. */
export function clusterUrls(options: Pick<ElasticsearchOptions, 'hosts' | 'path' | 'ssl_enabled'>): {
  urls: URL[]
  credentials?: string
} {
  let credentials: string | undefined
  const urls = options.hosts!.map((host) => {
    const url = parse(host, options.ssl_enabled === true)
    if (options.ssl_enabled === false && url.protocol === 'https:')
      throw fail('plugin.options_exclude', { option: 'ssl_enabled => false', other: `hosts => "${url.origin}"` })
    if (options.ssl_enabled === true && /^http:\/\//i.test(host))
      throw fail('plugin.options_exclude', { option: 'ssl_enabled => true', other: `hosts => "${url.origin}"` })
    if (url.username !== '') {
      credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
      url.username = ''
      url.password = ''
    }
    if (options.path !== undefined) {
      if (url.pathname !== '/')
        throw fail('plugin.options_exclude', { option: 'path', other: `hosts => "${url.origin}${url.pathname}"` })
      url.pathname = options.path
    }
    return url
  })
  return credentials === undefined ? { urls } : { urls, credentials }
}

// URL leaves out a scheme's own port, so that 'http://h' and 'http://h:80' look alike: the text decides.
function parse(host: string, tls: boolean): URL {
  const given = host.replace(/^\/\//, '')
  const full = /^https?:\/\//i.test(given) ? given : `${tls ? 'https' : 'http'}://${given}`
  let url: URL
  try {
    url = new URL(full)
  } catch {
    throw fail('plugin.option_invalid', {
      option: 'hosts',
      expected: 'addresses such as "es-server:9200" or URLs such as "https://es-server:9200"',
      value: host.replace(/\/\/[^@/]*@/, '//'),
    })
  }
  const authority = /^https?:\/\/([^/?#]*)/i.exec(full)![1]!
  if (url.port === '' && !/:\d+$/.test(authority)) url.port = DEFAULT_PORT
  return url
}
