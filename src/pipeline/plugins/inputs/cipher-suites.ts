import { getCiphers } from 'node:tls'
import { type as types, type OptionType } from '../../../settings/index.ts'

/**
 * The name that OpenSSL has for a cipher suite of the IANA's registry, which Java uses as well:
 * `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256`. Suites of TLS 1.3 have one name for both.
 */
export function opensslCipher(name: string): string {
  const match =
    /^TLS_(?:(ECDHE|DHE)_)?(RSA|ECDSA)_WITH_(AES_128|AES_256|CHACHA20_POLY1305)(?:_(GCM|CBC))?_(SHA\d*)$/.exec(
      name.toUpperCase(),
    )
  if (match === null) return name.toUpperCase()
  const [, exchange, authentication, cipher, mode, hash] = match
  const keys = exchange === undefined ? [] : [exchange, authentication]
  if (cipher === 'CHACHA20_POLY1305') return [...keys, 'CHACHA20-POLY1305'].join('-')
  return [...keys, cipher!.replace('_', ''), ...(mode === 'GCM' ? ['GCM'] : []), hash].join('-')
}

/** A list of cipher suites that this Node.js knows, by the names of Java or OpenSSL; the value has OpenSSL's. */
export const cipherSuites: OptionType<readonly string[]> = {
  name: 'list of cipher suites',
  read(raw) {
    const names = types.list(types.string).read(raw)
    if (!names.ok) return names
    const known = new Set(getCiphers())
    const unknown = names.value.find((name) => !known.has(opensslCipher(name).toLowerCase()))
    return unknown === undefined
      ? types.ok(names.value.map(opensslCipher))
      : types.no(
          `a list of cipher suites such as "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", which '${unknown}' is not here`,
        )
  },
}
