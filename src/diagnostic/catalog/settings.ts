import { defineErrors } from './entry.ts'

export const SETTINGS_ERRORS = defineErrors({
  'option.unknown': { template: "{owner} has no option '{name}'", status: 400, esType: 'parse_exception' },
  'option.missing': { template: "{owner} needs the option '{name}'", status: 400, esType: 'parse_exception' },
  'option.invalid': {
    template: "'{name}' must be {expected}, got {got}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'option.refused': {
    template: "{owner} does not support the option '{name}': {reason}",
    status: 400,
    esType: 'parse_exception',
  },
  'option.duplicate': { template: "'{name}' is given twice", status: 400, esType: 'parse_exception' },
})
