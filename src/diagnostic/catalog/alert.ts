import { defineErrors } from './entry.ts'

export const ALERT_ERRORS = defineErrors({
  'alert.not_found': {
    template: "the alert '{id}' does not exist",
    status: 404,
    esType: 'resource_not_found_exception',
  },
  'alert.invalid': {
    template: "'{name}' must be {expected}, got '{got}'",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'alert.missing': { template: "{owner} needs '{name}'", status: 400, esType: 'illegal_argument_exception' },
  'alert.store': { template: 'what was changed could not be stored: {reason}', status: 500, esType: 'exception' },
  'alert.changed': {
    template: 'expected {expected} alerts, the query now matches {found}',
    status: 409,
    esType: 'version_conflict_engine_exception',
    hint: 'look at the list again, then repeat',
  },
  'alert.silence_not_found': {
    template: "the silence '{id}' does not exist",
    status: 404,
    esType: 'resource_not_found_exception',
  },
  'alert.case_not_found': {
    template: "the case '{id}' does not exist",
    status: 404,
    esType: 'resource_not_found_exception',
  },
  'alert.task_not_found': {
    template: "the task '{id}' does not exist",
    status: 404,
    esType: 'resource_not_found_exception',
  },
  'alert.routes': { template: '{reason}', status: 400, esType: 'parse_exception' },
  'detect.no_rules': { template: "there is no Sigma rule in '{path}'", status: 400, esType: 'parse_exception' },
  'detect.snapshot': {
    template: "the state of the detector '{name}' cannot be taken up: {reason}",
    status: 500,
    esType: 'exception',
  },
})
