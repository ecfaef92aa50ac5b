import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Keystore, loadSettings, type Settings } from '../settings/index.ts'

export function keystorePath(config: string | undefined): string {
  return join(config === undefined ? process.cwd() : dirname(resolve(config)), 'vedetta.keystore')
}

export function keystorePassword(): string {
  return process.env['VEDETTA_KEYSTORE_PASS'] ?? process.env['LOGSTASH_KEYSTORE_PASS'] ?? ''
}

/** Settings as every command sees them: with the keystore beside the file, where there is one. */
export function loadCommandSettings(config: string | undefined, overrides: readonly string[]): Settings {
  const path = keystorePath(config)
  const keystore = existsSync(path) ? Keystore.open(path, keystorePassword()).values : undefined
  return loadSettings({ config, overrides, ...(keystore === undefined ? {} : { keystore }) })
}
