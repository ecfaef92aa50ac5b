import { createReadStream } from 'node:fs'
import type { Finding } from '../../alert/index.ts'
import { systemClock } from '../../clock/index.ts'
import {
  createLoginDetector,
  createScanDetector,
  type Detector,
  type LoginSettings,
  type ScanDetector,
  type ScanSettings,
  type SeenEvent,
} from '../../detect/index.ts'
import { isObject, parseJson, stringifyJson, toValue } from '../../event/index.ts'
import { ServerClient } from '../server-client.ts'
import { countDocuments, readDocuments } from '../transfer/documents.ts'
import { progress } from '../transfer/format.ts'
import { eventOf, JsonDocuments, kernelLine } from './replay-events.ts'
import { CaptureReader, isCapture, parseTcpdumpLine, type Packet } from '../../packet/index.ts'

const BATCH = 1000
const TICK_MILLIS = 10_000
const LONGEST_LINE = 2 ** 20

export interface ReplayCount {
  packets: number
  events: number
  /** Lines and frames of which nothing could be read. */
  unread: number
  findings: number
  /** Times of events and packets; epoch milliseconds, undefined where there is none. */
  first: number | undefined
  last: number | undefined
}

/** The detectors of some settings, and who is told what they find. */
export interface Judge {
  readonly scan: ScanDetector
  readonly others: readonly Detector[]
  readonly tell: (finding: Finding) => void
}

export interface JudgeSettings {
  readonly scan: Partial<ScanSettings>
  readonly login?: Partial<LoginSettings>
}

/** @param more detectors beside those for scans and logins */
export function createJudge(
  { scan, login }: JudgeSettings,
  tell: Judge['tell'],
  more: readonly Detector[] = [],
): Judge {
  return { scan: createScanDetector(scan), others: [createLoginDetector(login), ...more], tell }
}

/** Events and packets from a moment until before another; epoch milliseconds. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

const ALL_TIMES: TimeRange = { from: -Infinity, to: Infinity }

/**
 * Judges a file by the live detectors in the time of its events.
 *
 * @param input chunks of a capture, of lines of `tcpdump -n -tttt` or of a kernel's packet filter, or of events as NDJSON; which one, its beginning tells
 * @throws DiagnosticError for a damaged capture
 */
export async function replay(
  input: AsyncIterable<Buffer>,
  judges: readonly Judge[],
  range: TimeRange = ALL_TIMES,
): Promise<ReplayCount> {
  const replaying = new Replay(judges, range)
  for await (const chunk of input) replaying.push(chunk)
  return replaying.end()
}

/**
 * Judges the documents of a server's indices, in the order of their times.
 *
 * @throws CommandError for what the server refuses
 */
export async function replayIndices(
  server: ServerClient,
  indices: string,
  judges: readonly Judge[],
  range: TimeRange = ALL_TIMES,
): Promise<ReplayCount> {
  const replaying = new Replay(judges, range)
  const times = {
    format: 'epoch_millis',
    ...(range.from > -Infinity ? { gte: range.from } : {}),
    ...(range.to < Infinity ? { lt: range.to } : {}),
  }
  const query = toValue({ range: { '@timestamp': times } })
  const total = await countDocuments(server, indices, query)
  let done = 0
  const byTime = toValue({ '@timestamp': { order: 'asc', unmapped_type: 'date' } })
  for await (const page of readDocuments(server, indices, query, [byTime])) {
    replaying.documents(page)
    done += page.length
    progress(done, total, 'replayed')
  }
  return replaying.end()
}

export function openInput(file: string): AsyncIterable<Buffer> {
  return file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 })
}

/** A finding as a line of JSON. */
export function findingLine({ fields, ...finding }: Finding): string {
  const at = (millis: number): string => new Date(millis).toISOString()
  return stringifyJson(
    toValue({
      '@timestamp': at(finding.time),
      ...finding,
      time: at(finding.time),
      first: at(finding.first),
      last: at(finding.last),
      episodeStart: at(finding.episodeStart),
      ...fields,
    }),
  )
}

class Replay {
  private readonly judges: readonly Judge[]
  private readonly json = new JsonDocuments()
  private readonly range: TimeRange
  private readonly counted: ReplayCount = {
    packets: 0,
    events: 0,
    unread: 0,
    findings: 0,
    first: undefined,
    last: undefined,
  }
  private capture: CaptureReader | undefined
  private begun = false
  private rest = ''
  private readonly decoder = new TextDecoder()
  private now = -Infinity
  private ticked = -Infinity

  constructor(judges: readonly Judge[], range: TimeRange) {
    this.judges = judges
    this.range = range
  }

  push(chunk: Buffer): void {
    if (!this.begun && chunk.length > 0) {
      this.begun = true
      if (isCapture(chunk)) this.capture = new CaptureReader()
    }
    if (this.capture !== undefined) return this.packets(this.capture.push(chunk))
    const lines = (this.rest + this.decoder.decode(chunk, { stream: true })).split('\n')
    this.rest = lines.pop()!
    if (this.rest.length > LONGEST_LINE) {
      this.rest = ''
      this.counted.unread++
    }
    this.lines(lines)
  }

  end(): ReplayCount {
    if (this.rest !== '') this.lines([this.rest])
    if (this.json.open) this.counted.unread++
    this.counted.unread += this.capture?.other ?? 0
    if (this.now > -Infinity) {
      this.counted.last = this.now
      this.tick(this.now + 86_400_000 * 2)
    }
    this.capture?.end()
    return this.counted
  }

  private lines(lines: readonly string[]): void {
    let packets: Packet[] = []
    let events: SeenEvent[] = []
    const flush = (): void => {
      if (packets.length > 0) this.packets(packets)
      if (events.length > 0) this.events(events)
      packets = []
      events = []
    }
    for (const line of lines) {
      if (line.trim() === '') continue
      const documents = this.json.take(line)
      if (documents !== undefined) {
        for (const document of documents) events.push(eventOf(document, this.now))
      } else {
        const packet = parseTcpdumpLine(line)
        const logged = packet === undefined ? kernelLine(line, systemClock.now()) : undefined
        if (packet !== undefined) packets.push(packet)
        else if (logged === undefined) this.counted.unread++
        else events.push(logged)
      }
      if (packets.length + events.length >= BATCH) flush()
    }
    flush()
  }

  /** Documents as the Store has them. */
  documents(documents: readonly { readonly index: string; readonly id: string; readonly source: string }[]): void {
    const events: SeenEvent[] = []
    for (const { index, id, source } of documents) {
      const fields = parseJson(source)
      if (isObject(fields)) events.push({ ...eventOf(fields, this.now), index, id })
    }
    this.events(events)
  }

  private packets(all: readonly Packet[]): void {
    const packets = all.filter(({ time }) => this.isWanted(time))
    for (let at = 0; at < packets.length; at += BATCH) {
      const batch = packets.slice(at, at + BATCH)
      this.counted.packets += batch.length
      this.pass(batch[0]!.time)
      for (const judge of this.judges) this.found(judge, judge.scan.seePackets(batch))
      this.now = Math.max(this.now, batch.at(-1)!.time)
    }
  }

  private events(events: readonly SeenEvent[]): void {
    // Hours may lie between two events: time passes at each.
    for (const event of events) {
      if (!this.isWanted(event.time)) continue
      this.pass(event.time)
      this.counted.events++
      for (const judge of this.judges)
        for (const detector of [judge.scan, ...judge.others]) this.found(judge, detector.see([event]))
    }
  }

  private isWanted(time: number): boolean {
    return time >= this.range.from && time < this.range.to
  }

  private pass(time: number): void {
    if (time < (this.counted.first ?? Infinity)) this.counted.first = time
    if (time > this.now) this.now = time
    if (this.now - this.ticked < TICK_MILLIS) return
    this.ticked = this.now
    this.tick(this.now)
  }

  private tick(now: number): void {
    for (const judge of this.judges)
      for (const detector of [judge.scan, ...judge.others]) this.found(judge, detector.tick(now))
  }

  private found({ tell }: Judge, findings: readonly Finding[]): void {
    for (const finding of findings) {
      this.counted.findings++
      tell(finding)
    }
  }
}
