import { fail, type DiagnosticError } from '../diagnostic/index.ts'
import { decodeFrame } from './decode.ts'
import { isKnownLink } from './link-layer.ts'
import type { Packet } from './packet.ts'

const LARGEST = 2 ** 24
/** The last moment of the year 9999. */
const LATEST = 253_402_300_799_999

interface Interface {
  readonly link: number
  /** Units of a timestamp in a second. */
  readonly units: number
  /** Milliseconds that timestamps count from. */
  readonly offset: number
}

const SECTION = 0x0a0d0d0a

/** How the files of pcap begin: the units of a second, the byte order, and how long a record's header is. */
const FORMS: ReadonlyMap<number, { readonly units: number; readonly little: boolean; readonly header: number }> =
  new Map([
    [0xa1b2c3d4, { units: 1e6, little: false, header: 16 }],
    [0xd4c3b2a1, { units: 1e6, little: true, header: 16 }],
    [0xa1b23c4d, { units: 1e9, little: false, header: 16 }],
    [0x4d3cb2a1, { units: 1e9, little: true, header: 16 }],
    // With eight bytes more in each record, as some Linux kernels' patches wrote it.
    [0xa1b2cd34, { units: 1e6, little: false, header: 24 }],
    [0x34cdb2a1, { units: 1e6, little: true, header: 24 }],
  ])

/** Blocks of pcapng that are read. */
const INTERFACE = 1
const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6

/** Whether bytes begin as a capture does. */
export function isCapture(bytes: Buffer): boolean {
  const magic = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0
  return magic === SECTION || FORMS.has(magic)
}

/**
 * Packets out of the bytes of a capture, pcap or pcapng, of either byte order, microseconds or nanoseconds, in chunks of any size.
 *
 * - Frames without IP or ARP, of a link type that is not known, or that are damaged are counted in `other`.
 * - A capture cut off in a packet ends with what came before; so does one with a damaged length, behind which nothing can be
 *   found: the next `push`, or `end`, throws then.
 * - @throws DiagnosticError for bytes that are no capture, a damaged length, or a pcap file of a link type that is not known
 */
export class CaptureReader {
  other = 0
  private rest: Buffer = Buffer.alloc(0)
  private form: 'pcap' | 'pcapng' | undefined
  private little = true
  private header = 16
  private interfaces: Interface[] = []
  private failure: DiagnosticError | undefined
  /** Of the last packet: a simple packet of pcapng has no time. */
  private time = 0

  push(chunk: Buffer): Packet[] {
    this.end()
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    const packets: Packet[] = []
    let at = 0
    for (;;) {
      const used =
        this.form === undefined
          ? this.begin(bytes, at)
          : this.form === 'pcap'
            ? this.record(bytes, at, packets)
            : this.block(bytes, at, packets)
      if (used === 0) break
      at += used
    }
    this.rest = Buffer.from(bytes.subarray(at))
    if (packets.length === 0) this.end()
    return packets
  }

  /** Nothing follows. */
  end(): void {
    if (this.failure !== undefined) throw this.failure
  }

  private u16(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
  }

  private u32(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  }

  private begin(bytes: Buffer, at: number): number {
    if (bytes.length - at < 24) return 0
    const magic = bytes.readUInt32BE(at)
    if (magic === SECTION) {
      this.form = 'pcapng'
      return this.block(bytes, at, [])
    }
    const form = FORMS.get(magic)
    if (form === undefined) throw fail('packet.no_capture')
    this.little = form.little
    this.header = form.header
    this.form = 'pcap'
    const link = this.u32(bytes, at + 20) & 0xffff
    if (!isKnownLink(link)) throw fail('packet.link_type', { link })
    this.interfaces.push({ link, units: form.units, offset: 0 })
    return 24
  }

  /** Nothing can be found behind a length that is wrong. */
  private damaged(length: number): 0 {
    this.failure = fail('packet.damaged', { length })
    return 0
  }

  private record(bytes: Buffer, at: number, packets: Packet[]): number {
    if (bytes.length - at < this.header) return 0
    const length = this.u32(bytes, at + 8)
    if (length > LARGEST) return this.damaged(length)
    const next = at + this.header + length
    if (bytes.length < next) return 0
    const [on] = this.interfaces
    const time = this.u32(bytes, at) * 1000 + (this.u32(bytes, at + 4) / on!.units) * 1000
    this.frame(on!.link, time, bytes.subarray(at + this.header, next), packets)
    return next - at
  }

  private block(bytes: Buffer, at: number, packets: Packet[]): number {
    if (bytes.length - at < 12) return 0
    if (bytes.readUInt32BE(at) === SECTION) {
      this.little = bytes.readUInt32BE(at + 8) === 0x4d3c2b1a
      this.interfaces = []
    }
    const length = this.u32(bytes, at + 4)
    if (length < 12 || length % 4 !== 0 || length > LARGEST) return this.damaged(length)
    if (bytes.length - at < length) return 0
    const block = bytes.subarray(at, at + length - 4)
    const type = this.u32(block, 0)
    if (type === INTERFACE && length >= 20) this.interfaces.push(this.interfaceOf(block))
    else if (type === ENHANCED_PACKET && length >= 32) this.packet(block, this.u32(block, 8), packets)
    else if (type === OLD_PACKET && length >= 32) this.packet(block, this.u16(block, 8), packets)
    else if (type === SIMPLE_PACKET && length >= 16) {
      const [on] = this.interfaces
      const captured = Math.min(this.u32(block, 8), length - 16)
      if (on === undefined) this.other++
      else this.frame(on.link, this.time, block.subarray(12, 12 + captured), packets)
    }
    return length
  }

  /** Both kinds of packets have their time and lengths at the same places. */
  private packet(block: Buffer, number: number, packets: Packet[]): void {
    const on = this.interfaces[number]
    const captured = this.u32(block, 20)
    if (on === undefined || captured > block.length - 28) {
      this.other++
      return
    }
    const time = on.offset + ((this.u32(block, 12) * 2 ** 32 + this.u32(block, 16)) / on.units) * 1000
    this.frame(on.link, time, block.subarray(28, 28 + captured), packets)
  }

  /** Options 9, `if_tsresol`, and 14, `if_tsoffset`, say what timestamps mean. */
  private interfaceOf(block: Buffer): Interface {
    let units = 1e6
    let offset = 0
    for (let place = 16; place + 4 <= block.length;) {
      const code = this.u16(block, place)
      const size = this.u16(block, place + 2)
      const value = place + 4
      if (code === 0 || value + size > block.length) break
      if (code === 9 && size === 1) units = unitsOf(block[value]!)
      if (code === 14 && size === 8)
        offset = Number(this.little ? block.readBigInt64LE(value) : block.readBigInt64BE(value)) * 1000
      place = value + Math.ceil(size / 4) * 4
    }
    return { link: this.u16(block, 8), units, offset }
  }

  private frame(link: number, time: number, frame: Buffer, packets: Packet[]): void {
    // A time that no date has is damage.
    const packet = time >= 0 && time <= LATEST ? decodeFrame(link, time, frame) : undefined
    if (packet === undefined) this.other++
    else {
      this.time = time
      packets.push(packet)
    }
  }
}

/** A power of two where the highest bit is set, else of ten. */
function unitsOf(resolution: number): number {
  return resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution
}
