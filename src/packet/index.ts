export { CaptureReader, isCapture } from './capture-reader.ts'
export { communityId } from './community-id.ts'
export { TCP, transportOf, type Packet, type Transport } from './packet.ts'
export { parseTcpdumpLine } from './tcpdump-line.ts'
