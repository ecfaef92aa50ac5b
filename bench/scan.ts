/** How fast a capture is judged, and that spoofed sources do not make memory grow: `node bench/scan.ts [PACKETS] [SOURCES]`. */
import { readFileSync } from 'node:fs'
import { createScanDetector } from '../src/detect/index.ts'
import { CaptureReader, type Packet } from '../src/packet/index.ts'

const PACKETS = Number(process.argv[2] ?? 1_000_000)
const SOURCES = Number(process.argv[3] ?? 10_000_000)
const bytes = readFileSync('test/fixtures/scans/masscan-block.pcap')

const detector = createScanDetector()
let judged = 0
let findings = 0
const began = performance.now()
while (judged < PACKETS) {
  const packets = new CaptureReader().push(bytes)
  findings += detector.seePackets(packets).length
  judged += packets.length
}
const seconds = (performance.now() - began) / 1000
console.log(`capture to verdict: ${Math.round(judged / seconds)} packets/s (${judged} packets, ${findings} findings)`)

const sample = new CaptureReader().push(bytes).find(({ flags }) => flags === 2)
const spoofed = createScanDetector()
const start = performance.now()
let largest = 0
for (let i = 0; i < SOURCES; i += 1000) {
  const batch = Array.from({ length: Math.min(1000, SOURCES - i) }, (_, j): Packet => {
    const address = i + j
    return {
      ...sample!,
      time: sample!.time + address / 100,
      source: `${1 + (address >>> 24)}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`,
    }
  })
  spoofed.seePackets(batch)
  if (i % 100_000 === 0) largest = Math.max(largest, process.memoryUsage.rss())
}
const took = (performance.now() - start) / 1000
console.log(
  `spoofed: ${SOURCES} sources, ${Math.round(SOURCES / took)} packets/s, ${Math.round(largest / 2 ** 20)} MB resident at most, ${JSON.stringify(spoofed.stats)}`,
)
