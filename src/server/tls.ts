import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { fail } from '../diagnostic/index.ts'
import type { Settings } from '../settings/index.ts'

/** The certificate and key of `http.ssl`; undefined where it is off. @throws DiagnosticError for files that do not serve */
export function readTls({ values, folder }: Settings): { certificate: Buffer; key: Buffer } | undefined {
  if (!values['http.ssl.enabled']) return undefined
  const read = (setting: 'http.ssl.certificate' | 'http.ssl.key'): Buffer => {
    const path = values[setting]
    if (path === undefined) throw fail('option.missing', { owner: 'http.ssl.enabled: true', name: setting })
    try {
      return readFileSync(resolve(folder, path))
    } catch (error) {
      throw fail('server.tls', { setting, path, reason: (error as Error).message })
    }
  }
  const certificate = read('http.ssl.certificate')
  const key = read('http.ssl.key')
  try {
    createSecureContext({ cert: certificate, key })
  } catch (error) {
    const setting = 'http.ssl.certificate'
    throw fail('server.tls', { setting, path: values[setting]!, reason: (error as Error).message })
  }
  return { certificate, key }
}
