import { fieldPath } from '../../../../event/index.ts'
import { option, type as types, type OptionType } from '../../../../settings/index.ts'
import { defineCodec } from '../../define.ts'
import { fieldReference } from '../../filters/field-option.ts'
import { eventText } from '../event-text.ts'
import { FlowReader } from './decoder.ts'
import { readIpfixDefinitions, readNetflowDefinitions } from './definitions.ts'

const versionType: OptionType<number> = {
  name: 'version',
  read: (raw) => ([5, 9, 10].includes(Number(raw)) ? types.ok(Number(raw)) : types.no('5, 9 or 10')),
}

/** More is no message of IPFIX, and no datagram. */
const LONGEST = 65_535

export const netflow = defineCodec({
  name: 'netflow',
  decodesOnly: true,
  summary: 'Flows of NetFlow version 5 and 9 and of IPFIX; an event for each record.',
  options: {
    target: option(fieldReference, { describe: 'The field below which the flow goes.', default: fieldPath('netflow') }),
    versions: option(types.list(versionType), { describe: 'Which versions are read.', default: [5, 9, 10] }),
    cache_ttl: option(types.number({ min: 1 }), {
      describe: 'Seconds after which a template that was not sent again is forgotten.',
      default: 4000,
    }),
    include_flowset_id: option(types.boolean, {
      describe: "Give events of IPFIX their template's number as `flowset_id`; those of version 9 have it anyway.",
      default: false,
    }),
    netflow_definitions: option(types.string, {
      describe: 'A YAML file with more fields of version 9, or other names.',
    }),
    ipfix_definitions: option(types.string, { describe: 'A YAML file with more elements of IPFIX, by enterprise.' }),
    cache_save_path: option(types.string, {
      describe: 'A folder in which templates are kept.',
      refused: 'exporters send their templates again, most within a minute',
    }),
  },
  examples: [{ title: 'bytes that are no flow give nothing', config: '', in: ['hello'], out: [] }],
  create(options, context) {
    const reader = new FlowReader(
      {
        target: options.target,
        versions: options.versions,
        cacheSeconds: options.cache_ttl,
        includeFlowsetId: options.include_flowset_id,
        netflowFields:
          options.netflow_definitions === undefined ? new Map() : readNetflowDefinitions(options.netflow_definitions),
        ipfixFields:
          options.ipfix_definitions === undefined ? new Map() : readIpfixDefinitions(options.ipfix_definitions),
      },
      context,
    )
    return {
      name: 'netflow',
      decoder(stream) {
        const sender = stream?.sender ?? ''
        if (stream?.datagrams === true)
          return { decode: (datagram) => reader.readDatagram(datagram, sender), flush: () => [] }
        // IPFIX over TCP: a message may come in pieces.
        let held = Buffer.alloc(0)
        return {
          decode(chunk) {
            const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
            const { events, used } = reader.read(bytes, sender)
            const rest = bytes.subarray(used)
            held = rest.length > LONGEST ? Buffer.alloc(0) : Buffer.from(rest)
            return events
          },
          flush() {
            held = Buffer.alloc(0)
            return []
          },
        }
      },
      encode: eventText,
    }
  },
})
