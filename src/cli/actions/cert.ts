// What @peculiar/x509 asks for, before it.
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import * as x509 from '@peculiar/x509'
import { CommandError } from '../exit.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 86_400_000
const CA_DAYS = 3650

export interface CertOptions {
  /** Names and addresses the server is reached by; the first is its subject. */
  readonly names: readonly string[]
  readonly folder: string
  readonly days: number
  /** Whether a certificate of the server that is there is replaced. */
  readonly force: boolean
  /** Epoch milliseconds. */
  readonly now: number
}

export interface CertFiles {
  readonly ca: string
  readonly certificate: string
  readonly key: string
  /** The authority was there before, so that who trusts it trusts the new certificate too. */
  readonly knownAuthority: boolean
}

interface Authority {
  readonly certificate: x509.X509Certificate
  readonly privateKey: CryptoKey
}

/**
 * Writes an authority of one's own (`ca.crt`, `ca.key`; kept where it is there) and a server's certificate by it
 * (`server.crt`, `server.key`), in PEM, ECDSA over P-256. Keys have mode 0600.
 * @throws CommandError where a name is none, or a file is there already
 */
export async function createCertificate({ names, folder, days, force, now }: CertOptions): Promise<CertFiles> {
  for (const name of names)
    if (isIP(name) === 0 && !/^(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*$/.test(name))
      throw new CommandError(`a name must be a host name or an address, got '${name}'`)
  const path = (name: string): string => resolve(join(folder, name))
  const files = { ca: path('ca.crt'), certificate: path('server.crt'), key: path('server.key') }
  if (!force)
    for (const file of [files.certificate, files.key])
      if (existsSync(file)) throw new CommandError(`'${file}' is there already; --force replaces it`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  x509.cryptoProvider.set(webcrypto as Crypto)
  const knownAuthority = existsSync(files.ca)
  const authority = knownAuthority
    ? await readAuthority(files.ca, path('ca.key'))
    : await createAuthority(files.ca, path('ca.key'), now)
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [names[0]!.slice(0, 64)] }],
    issuer: authority.certificate.subjectName,
    notBefore: new Date(now - DAY),
    notAfter: new Date(Math.min(now + days * DAY, authority.certificate.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  })
  await writeKey(files.key, keys.privateKey)
  writeFileSync(files.certificate, `${certificate.toString('pem')}\n`)
  return { ...files, knownAuthority }
}

async function createAuthority(certificatePath: string, keyPath: string, now: number): Promise<Authority> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    // Apart from others that are named the same, in lists of trusted authorities.
    name: [{ CN: [`Vedetta authority ${randomBytes(4).toString('hex')}`] }],
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + CA_DAYS * DAY),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  await writeKey(keyPath, keys.privateKey)
  writeFileSync(certificatePath, `${certificate.toString('pem')}\n`)
  return { certificate, privateKey: keys.privateKey }
}

async function readAuthority(certificatePath: string, keyPath: string): Promise<Authority> {
  try {
    const certificate = new x509.X509Certificate(readFileSync(certificatePath, 'utf8'))
    const [der] = x509.PemConverter.decode(readFileSync(keyPath, 'utf8'))
    const privateKey = await webcrypto.subtle.importKey('pkcs8', der!, ALGORITHM, false, ['sign'])
    return { certificate, privateKey: privateKey as CryptoKey }
  } catch (error) {
    throw new CommandError(
      `'${certificatePath}' and '${keyPath}' must be an authority that this command has made: ${(error as Error).message}`,
    )
  }
}

async function newKeys(): Promise<CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as CryptoKeyPair
}

async function writeKey(path: string, key: CryptoKey): Promise<void> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key)
  writeFileSync(path, `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`, { mode: 0o600 })
  // The mode above is of new files alone.
  chmodSync(path, 0o600)
}

/** 16 random bytes, positive. */
function serial(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes.toString('hex')
}
