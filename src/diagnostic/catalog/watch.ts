import { defineErrors } from './entry.ts'

export const WATCH_ERRORS = defineErrors({
  'watch.syntax': { template: 'invalid JSON: {reason}', status: 400, esType: 'parse_exception' },
  'watch.invalid': {
    template: "'{path}' must be {expected}, got {got}",
    status: 400,
    esType: 'parse_exception',
  },
  'watch.missing': { template: "{owner} needs '{name}'", status: 400, esType: 'parse_exception' },
  'watch.unknown_field': { template: "{owner} has no field '{name}'", status: 400, esType: 'parse_exception' },
  'watch.duplicate': { template: "'{path}' is given twice", status: 400, esType: 'parse_exception' },
  'watch.unknown_part': {
    template: "'{path}': {kind} '{name}' does not exist",
    status: 400,
    esType: 'parse_exception',
  },
  'watch.unsupported': {
    template: "'{path}' is not supported: {reason}",
    status: 400,
    esType: 'parse_exception',
  },
  'watch.part': { template: "'{path}': {reason}", status: 400, esType: 'parse_exception' },
  'watch.language': {
    template: "'{path}' names no language and is taken for {lang}",
    status: 400,
    esType: 'parse_exception',
  },
  'watch.window': {
    template: "'{path}' looks back {window}, but the watch runs every {interval}: what comes in between is never seen",
    status: 400,
    esType: 'parse_exception',
  },
  'watch.terms_size': {
    template: "'{path}' has no size: only the 10 largest buckets are seen",
    status: 400,
    esType: 'parse_exception',
  },
  'watch.redacted': {
    template:
      "'{path}' is hidden: a secret that is shown as ::es_redacted:: is only kept with if_seq_no and if_primary_term",
    status: 400,
    esType: 'parse_exception',
    hint: 'give the secret itself, or the version that was read',
  },
  'watch.key': { template: "the key of the watches' secrets, {path}: {reason}", status: 500, esType: 'exception' },
  'watch.secret': {
    template: "the secret at '{path}' was not encrypted with {key} for this watch",
    status: 500,
    esType: 'exception',
  },
  'watch.unreadable': { template: "'{path}' cannot be read: {reason}", status: 400, esType: 'parse_exception' },
  'watch.id': {
    template: 'the id of a watch must be 1 to 512 characters without white space, got {got}',
    status: 400,
    esType: 'action_request_validation_exception',
  },
  'watch.not_found': {
    template: 'Watch with id [{id}] does not exist',
    status: 404,
    esType: 'resource_not_found_exception',
  },
  'watch.owned_by_file': {
    template: "the watch '{id}' belongs to the file {path}",
    status: 409,
    esType: 'version_conflict_engine_exception',
    hint: 'change or remove the file',
  },
  'watch.exists': {
    template: "the watch '{id}' of {path} exists already, put through the API",
    status: 409,
    esType: 'version_conflict_engine_exception',
    hint: 'delete that one or rename the file',
  },
  'watch.conflict': { template: '{reason}', status: 409, esType: 'version_conflict_engine_exception' },
  'watch.store': { template: 'the watch could not be stored: {reason}', status: 500, esType: 'exception' },
  'watch.validation': {
    template: 'Validation Failed: {reason};',
    status: 400,
    esType: 'action_request_validation_exception',
  },
  'watch.request': { template: '{reason}', status: 400, esType: 'illegal_argument_exception' },
  'watch.run': { template: '{reason}', status: 500, esType: 'exception' },
})
