/** Link types of the pcap format (tcpdump.org/linktypes.html), by how IP is found in their frames. */
const NULL_LOOPBACK = 0
const ETHERNET = 1
const PPP = 9
const PPP_SERIAL = 50
const PPPOE = 51
const IEEE802_11 = 105
const LOOP = 108
const LINUX_SLL = 113
const PFLOG = 117
const RADIOTAP = 127
const LINUX_SLL2 = 276
const RAW = new Set([12, 14, 101, 228, 229])
const KNOWN = new Set([
  NULL_LOOPBACK,
  ETHERNET,
  PPP,
  PPP_SERIAL,
  PPPOE,
  IEEE802_11,
  LOOP,
  LINUX_SLL,
  PFLOG,
  RADIOTAP,
  LINUX_SLL2,
  ...RAW,
])

export const IPV4 = 0x0800
export const IPV6 = 0x86dd
export const ARP = 0x0806
const VLAN = new Set([0x8100, 0x88a8, 0x9100, 0x9200])
const MPLS = new Set([0x8847, 0x8848])
const PPPOE_SESSION = 0x8864
/** Tags and labels one above another; more are made up. */
const DEEPEST = 8

/** Where the network layer begins, and its Ethernet type. */
export interface NetworkLayer {
  readonly type: number
  readonly at: number
}

export function isKnownLink(link: number): boolean {
  return KNOWN.has(link)
}

/** Where in a frame the network layer begins; undefined for a frame without one that is known. */
export function networkLayer(link: number, frame: Buffer): NetworkLayer | undefined {
  if (link === ETHERNET) return afterType(frame, 12)
  if (RAW.has(link)) return ipAt(frame, 0)
  switch (link) {
    case NULL_LOOPBACK:
    case LOOP:
      return ipAt(frame, 4)
    case LINUX_SLL:
      return afterType(frame, 14)
    case LINUX_SLL2:
      return frame.length < 20 ? undefined : afterKnownType(frame, frame.readUInt16BE(0), 20, 0)
    case PPP:
    case PPP_SERIAL:
      return afterPpp(frame, 0)
    case PPPOE:
      return afterPpp(frame, 6)
    case PFLOG:
      // The first byte is the header's length, which is padded to four.
      return frame.length === 0 ? undefined : ipAt(frame, (frame[0]! + 3) & ~3)
    case IEEE802_11:
      return afterWireless(frame, 0)
    case RADIOTAP:
      return frame.length < 4 ? undefined : afterWireless(frame, frame.readUInt16LE(2))
  }
  return undefined
}

/** The same for what stands behind an Ethernet type at `at`. */
export function afterType(frame: Buffer, at: number): NetworkLayer | undefined {
  return at + 2 > frame.length ? undefined : afterKnownType(frame, frame.readUInt16BE(at), at + 2, 0)
}

function afterKnownType(frame: Buffer, type: number, at: number, depth: number): NetworkLayer | undefined {
  if (type === IPV4 || type === IPV6 || type === ARP) return { type, at }
  if (depth === DEEPEST) return undefined
  if (VLAN.has(type))
    return at + 4 > frame.length ? undefined : afterKnownType(frame, frame.readUInt16BE(at + 2), at + 4, depth + 1)
  if (MPLS.has(type)) return afterLabels(frame, at)
  if (type === PPPOE_SESSION) return afterPpp(frame, at + 6)
  // A length: IEEE 802.3 with a SNAP header.
  if (type <= 1500) return afterSnap(frame, at)
  return undefined
}

function ipAt(frame: Buffer, at: number): NetworkLayer | undefined {
  const version = at < frame.length ? frame[at]! >> 4 : 0
  if (version === 4) return { type: IPV4, at }
  return version === 6 ? { type: IPV6, at } : undefined
}

/** The last label of a stack has the bit S (RFC 3032); what is below has no type of its own. */
function afterLabels(frame: Buffer, at: number): NetworkLayer | undefined {
  for (let label = 0; label < DEEPEST; label++) {
    const place = at + label * 4
    if (place + 4 > frame.length) return undefined
    if ((frame[place + 2]! & 1) === 1) return ipAt(frame, place + 4)
  }
  return undefined
}

/** Address and control may be left out, and the first byte of the protocol (RFC 1661). */
function afterPpp(frame: Buffer, at: number): NetworkLayer | undefined {
  let place = at
  if (frame[place] === 0xff && frame[place + 1] === 0x03) place += 2
  if (place + 2 > frame.length) return undefined
  const short = (frame[place]! & 1) === 1
  const protocol = short ? frame[place]! : frame.readUInt16BE(place)
  const next = place + (short ? 1 : 2)
  if (protocol === 0x0021) return { type: IPV4, at: next }
  return protocol === 0x0057 ? { type: IPV6, at: next } : undefined
}

/** Frames of data that are not encrypted, with LLC and SNAP. */
function afterWireless(frame: Buffer, at: number): NetworkLayer | undefined {
  if (at + 24 > frame.length) return undefined
  const control = frame[at]!
  const flags = frame[at + 1]!
  const isData = (control & 0x0c) === 0x08 && (control & 0x40) === 0
  if (!isData || (flags & 0x40) !== 0) return undefined
  const fourAddresses = (flags & 0x03) === 0x03
  const quality = (control & 0x80) !== 0
  return afterSnap(
    frame,
    at + 24 + (fourAddresses ? 6 : 0) + (quality ? 2 : 0) + (quality && (flags & 0x80) !== 0 ? 4 : 0),
  )
}

function afterSnap(frame: Buffer, at: number): NetworkLayer | undefined {
  if (at + 8 > frame.length || frame[at] !== 0xaa || frame[at + 1] !== 0xaa) return undefined
  return afterKnownType(frame, frame.readUInt16BE(at + 6), at + 8, DEEPEST)
}
