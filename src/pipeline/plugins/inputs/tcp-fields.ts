import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { fieldPath, newObject, type Event } from '../../../event/index.ts'
import type { EcsCompatibility } from '../define.ts'

/** Who sent an event. */
export interface Peer {
  /** The name where it was looked up, else the address. */
  host: string
  ip: string
  port: number
  /** The subject of the client's certificate. */
  subject?: string
  proxyHost?: string
  proxyPort?: number
}

const SUBJECT = fieldPath('[@metadata][input][tcp][tls][client][subject]')
const PROXY_IP = fieldPath('[@metadata][input][tcp][proxy][ip]')
const PROXY_PORT = fieldPath('[@metadata][input][tcp][proxy][port]')
const SOURCE = fieldPath('[@metadata][input][tcp][source]')

/** Gives an event the sender's fields by the names of its generation; a field the event brought stays. */
export function tcpFields(ecs: EcsCompatibility): (event: Event, peer: Peer) => void {
  return ecs === 'disabled' ? legacyFields : ecsFields
}

function legacyFields(event: Event, peer: Peer): void {
  const { data } = event
  if (peer.proxyHost !== undefined) {
    data['proxy_host'] ??= peer.proxyHost
    data['proxy_port'] ??= peer.proxyPort!
  }
  data['host'] ??= peer.host
  event.metadata['ip_address'] ??= peer.ip
  data['port'] ??= peer.port
  if (peer.subject !== undefined) data['sslsubject'] ??= peer.subject
}

function ecsFields(event: Event, peer: Peer): void {
  if (event.has(SOURCE)) return
  const source = newObject()
  source['name'] = peer.host
  source['ip'] = peer.ip
  source['port'] = peer.port
  event.set(SOURCE, source)
  if (peer.proxyHost !== undefined) {
    event.set(PROXY_IP, peer.proxyHost)
    event.set(PROXY_PORT, peer.proxyPort!)
  }
  if (peer.subject !== undefined) event.set(SUBJECT, peer.subject)
}

/** The subject of the certificate that a client showed. */
export function subjectOf(socket: Socket | TLSSocket): { subject?: string } {
  if (!('getPeerCertificate' in socket)) return {}
  const subject = socket.getPeerCertificate().subject as Record<string, string | string[]> | undefined
  if (subject === undefined) return {}
  return {
    subject: Object.entries(subject)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(','),
  }
}

/** An IPv4 address that came through an IPv6 socket, as IPv4. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '')
}
