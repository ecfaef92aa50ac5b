import { defineErrors } from './entry.ts'

/** Refusals of inputs, codecs and outputs: what stands in the way of a plugin whose options are right in themselves. */
export const PLUGIN_ERRORS = defineErrors({
  'plugin.port_in_use': {
    template: '{plugin} cannot listen on {address}: the port is in use',
    status: 400,
    esType: 'illegal_argument_exception',
    hint: "choose another 'port' there, or stop the process that holds it ('ss -ltnp' shows it)",
  },
  'plugin.address_taken': {
    template: "two pipeline inputs have the address '{address}': an address belongs to one",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'plugin.cannot_listen': {
    template: '{plugin} cannot listen on {address}: {reason}',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'plugin.file_unreadable': {
    template: "'{option}' names {path}, which cannot be read: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'plugin.file_unwritable': {
    template: "'{option}' names {path}, which cannot be written: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'plugin.tls_unusable': {
    template: "'{option}' cannot be used for TLS: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'plugin.option_needs': {
    template: "'{option}' needs '{needed}'",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'plugin.options_exclude': {
    template: "'{option}' must not be given together with '{other}'",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'plugin.option_invalid': {
    template: "'{option}' must be {expected}, got '{value}'",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'plugin.command_failed': {
    template: '{plugin} cannot start {command}: {reason}',
    status: 400,
    esType: 'illegal_argument_exception',
  },
})
