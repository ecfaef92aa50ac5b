import { fail } from '../diagnostic/index.ts'
import { decodeFrame, isKnownLink } from './decode.ts'
import type { Packet } from './packet.ts'

const LARGEST = 2 ** 24

interface Interface {
  readonly link: number
  /** Units of a timestamp in a second. */
  readonly units: number
}

const MAGICS = new Set([0x0a0d0d0a, 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1])

/** Whether bytes begin as a capture does. */
export function isCapture(bytes: Buffer): boolean {
  return bytes.length >= 4 && MAGICS.has(bytes.readUInt32BE(0))
}

/**
 * Packets out of the bytes of a capture, pcap or pcapng, of either byte order, microseconds or nanoseconds, in chunks of any size.
 *
 * - What is no IP is counted in `other`; a capture cut off in a packet ends with what came before.
 * - @throws DiagnosticError for bytes that are no capture, a damaged length, or a link type that is not known
 */
export class CaptureReader {
  other = 0
  private rest: Buffer = Buffer.alloc(0)
  private form: 'pcap' | 'pcapng' | undefined
  private little = true
  private interfaces: Interface[] = []

  push(chunk: Buffer): Packet[] {
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
    return packets
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
    if (magic === 0x0a0d0d0a) {
      this.form = 'pcapng'
      return this.block(bytes, at, [])
    }
    const units = {
      0xa1b2c3d4: [1e6, false],
      0xd4c3b2a1: [1e6, true],
      0xa1b23c4d: [1e9, false],
      0x4d3cb2a1: [1e9, true],
    }[magic] as [number, boolean] | undefined
    if (units === undefined) throw fail('packet.no_capture')
    this.little = units[1]
    this.form = 'pcap'
    this.addInterface(this.u32(bytes, at + 20) & 0xffff, units[0])
    return 24
  }

  private addInterface(link: number, units: number): void {
    if (!isKnownLink(link)) throw fail('packet.link_type', { link })
    this.interfaces.push({ link, units })
  }

  private record(bytes: Buffer, at: number, packets: Packet[]): number {
    if (bytes.length - at < 16) return 0
    const length = this.u32(bytes, at + 8)
    if (length > LARGEST) throw fail('packet.damaged', { length })
    if (bytes.length - at < 16 + length) return 0
    const [on] = this.interfaces
    const time = this.u32(bytes, at) * 1000 + (this.u32(bytes, at + 4) / on!.units) * 1000
    this.frame(on!.link, time, bytes.subarray(at + 16, at + 16 + length), packets)
    return 16 + length
  }

  private block(bytes: Buffer, at: number, packets: Packet[]): number {
    if (bytes.length - at < 12) return 0
    const section = bytes.readUInt32BE(at) === 0x0a0d0d0a
    if (section) {
      this.little = bytes.readUInt32BE(at + 8) === 0x4d3c2b1a
      this.interfaces = []
    }
    const type = this.u32(bytes, at)
    const length = this.u32(bytes, at + 4)
    if (length < 12 || length % 4 !== 0 || length > LARGEST) throw fail('packet.damaged', { length })
    if (bytes.length - at < length) return 0
    if (type === 1 && length >= 20)
      this.addInterface(this.u16(bytes, at + 8), this.unitsOf(bytes, at + 16, at + length - 4))
    else if (type === 6 && length >= 32) {
      const on = this.interfaces[this.u32(bytes, at + 8)]
      const captured = this.u32(bytes, at + 20)
      if (on === undefined || captured > length - 32) throw fail('packet.damaged', { length: captured })
      const time = ((this.u32(bytes, at + 12) * 2 ** 32 + this.u32(bytes, at + 16)) / on.units) * 1000
      this.frame(on.link, time, bytes.subarray(at + 28, at + 28 + captured), packets)
    }
    return length
  }

  /** `if_tsresol`, option 9 of an interface's description. */
  private unitsOf(bytes: Buffer, at: number, end: number): number {
    for (let place = at; place + 4 <= end;) {
      const code = this.u16(bytes, place)
      const size = this.u16(bytes, place + 2)
      if (code === 0) break
      if (code === 9 && size >= 1 && place + 4 < end) {
        const value = bytes[place + 4]!
        return value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value
      }
      place += 4 + Math.ceil(size / 4) * 4
    }
    return 1e6
  }

  private frame(link: number, time: number, frame: Buffer, packets: Packet[]): void {
    const packet = decodeFrame(link, time, frame)
    if (packet === undefined) this.other++
    else packets.push(packet)
  }
}
