import { defineErrors } from './entry.ts'

export const PACKET_ERRORS = defineErrors({
  'packet.no_capture': {
    template: 'this is no capture: it begins neither as pcap nor as pcapng',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'packet.link_type': {
    template: 'the link type {link} of the capture is not known',
    status: 400,
    esType: 'illegal_argument_exception',
    hint: 'Ethernet, Linux cooked, raw IP and loopback can be read',
  },
  'packet.damaged': {
    template: 'the capture is damaged: a packet of {length} bytes',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'packet.scan_state': {
    template: 'the state of the scan detector has an unknown form',
    status: 500,
    esType: 'exception',
  },
})
