import { randomUUID } from 'node:crypto'
import { Event, newObject, type ValueObject } from '../../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../../settings/index.ts'
import { defineCodec, type Codec, type Decoder, type PluginContext } from '../../define.ts'
import { splitBytes } from '../byte-lines.ts'
import { eventText } from '../event-text.ts'
import { textEvent } from '../json-events.ts'
import { sizeLimit } from '../size-limit.ts'
import { readScan } from './scan.ts'

const OPTIONS = {
  emit_scan_metadata: option(types.boolean, {
    describe: 'An event of type `nmap_scan_metadata` for the scan as a whole.',
    default: true,
  }),
  emit_hosts: option(types.boolean, {
    describe: 'An event of type `nmap_host` for each host, with its ports and its traceroute.',
    default: true,
  }),
  emit_ports: option(types.boolean, { describe: 'An event of type `nmap_port` for each port.', default: true }),
  emit_traceroute_links: option(types.boolean, {
    describe: 'An event of type `nmap_traceroute_link` for each hop of a traceroute and the next.',
    default: true,
  }),
  decode_size_limit_bytes: sizeLimit,
} as const

type NmapOptions = OptionsOf<typeof OPTIONS>

export const nmap = defineCodec({
  name: 'nmap',
  decodesOnly: true,
  summary: 'Scans as `nmap -oX` writes them: events for the scan, its hosts, ports and routes.',
  options: OPTIONS,
  examples: [
    {
      title: 'no scan',
      config: '',
      in: ['<a/>'],
      out: [{ message: '<a/>', tags: ['_nmapparsefailure'] }],
    },
  ],
  create(options, context) {
    const codec = (streamed: boolean): Codec => ({
      name: 'nmap',
      decoder: () =>
        streamed
          ? streamDecoder(options, context)
          : {
              decode: (chunk) => read(chunk, chunk.length > options.decode_size_limit_bytes, options, context),
              flush: () => [],
            },
      streaming: () => codec(true),
      encode: eventText,
    })
    return codec(false)
  },
})

/** On a stream a scan ends with its element; what is left at the end is a scan that was interrupted. */
function streamDecoder(options: NmapOptions, context: PluginContext): Decoder {
  return splitBytes('</nmaprun>', options.decode_size_limit_bytes, (piece, cut) =>
    piece.length < BLANK && piece.toString('latin1').trim() === '' ? undefined : read(piece, cut, options, context),
  )
}

/** No scan is shorter. */
const BLANK = 100

function read(bytes: Buffer, cut: boolean, options: NmapOptions, context: PluginContext): Event[] {
  const micros = Math.floor(context.clock.now() * 1000)
  const text = bytes.subarray(0, options.decode_size_limit_bytes).toString('utf8')
  try {
    if (cut) throw new Error(`it has more than ${options.decode_size_limit_bytes} bytes`)
    return eventsOf(text, micros, options)
  } catch (error) {
    context.logger.warn({ plugin: 'nmap' }, `nmap codec: a scan cannot be read: ${(error as Error).message}`)
    const event = textEvent(text, micros)
    event.tag('_nmapparsefailure')
    return [event]
  }
}

function eventsOf(text: string, micros: number, options: NmapOptions): Event[] {
  const scan = readScan(text)
  const scanId = randomUUID()
  const events: Event[] = []
  const base: ValueObject = newObject()
  base['arguments'] = scan.arguments
  base['version'] = scan.version
  base['scan_id'] = scanId
  const emit = (fields: ValueObject, own: ValueObject): void => {
    const event = Event.at(micros)
    // An event owns its values: filters change them in place.
    Object.assign(event.data, fields, base, own)
    events.push(event.clone())
  }
  if (options.emit_scan_metadata)
    emit(
      newObject(),
      Object.assign(newObject(), {
        id: scanId,
        type: 'nmap_scan_metadata',
        host_stats: scan.hostStats,
        run_stats: scan.runStats,
        start_time: scan.startTime,
        end_time: scan.endTime,
      }),
    )
  scan.hosts.forEach(({ fields, ports, traceroute, hops }, n) => {
    const hostId = `${scanId}-h${n}`
    if (options.emit_ports)
      ports.forEach((port, i) =>
        emit(
          fields,
          Object.assign(newObject(), { type: 'nmap_port', port, scan_host_id: hostId, id: `${hostId}-p${i}` }),
        ),
      )
    if (options.emit_traceroute_links)
      hops.forEach((from, i) => {
        const to = hops[i + 1] ?? null
        emit(
          fields,
          Object.assign(newObject(), {
            type: 'nmap_traceroute_link',
            from,
            to,
            rtt_diff: to === null ? null : Number(to['rtt']) - Number(from['rtt']),
            scan_host_id: hostId,
            id: `${hostId}-tl${i}`,
          }),
        )
      })
    if (options.emit_hosts)
      emit(fields, Object.assign(newObject(), { type: 'nmap_host', ports, traceroute, id: hostId }))
  })
  return events
}
