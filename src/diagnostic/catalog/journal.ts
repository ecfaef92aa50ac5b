import { defineErrors } from './entry.ts'

export const JOURNAL_ERRORS = defineErrors({
  'journal.version': {
    template: 'the journal file {file} has format version {version}, this version of vedetta reads {known}',
    status: 500,
    esType: 'illegal_state_exception',
    hint: 'open it with the version that wrote it',
  },
  'journal.closed': { template: 'the journal is closed', status: 503, esType: 'node_closed_exception' },
  'journal.record_size': {
    template: 'a journal record must be smaller than 4 GB, got {bytes} bytes',
    status: 413,
    esType: 'illegal_argument_exception',
  },
  'journal.write': {
    template: 'cannot write to the journal in {folder}: {reason}',
    status: 429,
    esType: 'cluster_block_exception',
    hint: 'free disk space or make the folder writable; what was refused can be sent again',
  },

  // The embedded store
  'segment.version': {
    template: 'the segment file {file} has format version {version}, this version of vedetta reads {known}',
    status: 500,
    esType: 'illegal_state_exception',
    hint: 'open it with the version that wrote it',
  },
  'store.locked': {
    template: 'the data folder {path} is in use by another process (pid {pid})',
    status: 500,
    esType: 'illegal_state_exception',
    hint: 'stop that process, or give this one another path.data',
  },
  'store.not_writable': {
    template: 'the data folder {path} cannot be used: {reason}',
    status: 500,
    esType: 'illegal_state_exception',
    hint: 'make it a folder that this user may write to, or set path.data',
  },
  'store.catalog_version': {
    template: 'the catalog {file} has format version {version}, this version of vedetta reads {known}',
    status: 500,
    esType: 'illegal_state_exception',
    hint: 'open it with the version that wrote it',
  },
  'store.closed': { template: 'the store is closed', status: 503, esType: 'node_closed_exception' },
  'store.read_only': { template: '{reason}', status: 429, esType: 'cluster_block_exception' },
  'store.write': {
    template: 'cannot write to the data folder: {reason}',
    status: 429,
    esType: 'cluster_block_exception',
    hint: 'free disk space or make the folder writable; what was refused can be sent again',
  },
  'store.internal': { template: 'the operation failed: {reason}', status: 500, esType: 'exception' },
  'index.not_found': { template: 'no such index [{index}]', status: 404, esType: 'index_not_found_exception' },
  'index.closed': { template: 'closed [{index}]', status: 400, esType: 'index_closed_exception' },
  'index.exists': {
    template: 'index [{index}/{uuid}] already exists',
    status: 400,
    esType: 'resource_already_exists_exception',
  },
  'index.name': {
    template: 'Invalid index name [{index}], {reason}',
    status: 400,
    esType: 'invalid_index_name_exception',
  },
  'index.body': { template: '{reason}', status: 400, esType: 'parse_exception' },
  'index.blocked': { template: '{reason}', status: 403, esType: 'cluster_block_exception' },
  'index.state': { template: '{reason}', status: 500, esType: 'illegal_state_exception' },
  'index.setting': { template: '{reason}', status: 400, esType: 'illegal_argument_exception' },
  'index.date_math': {
    template: 'invalid dynamic name expression [{expression}]. {reason}',
    status: 400,
    esType: 'parse_exception',
  },
  'index.no_write_index': {
    template:
      'no write index is defined for alias [{alias}]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'index.require_alias': {
    template: 'no such index [{index}] and [require_alias] request flag is [true] and [{index}] is not an alias',
    status: 404,
    esType: 'index_not_found_exception',
  },
  'index.require_data_stream': {
    template:
      'no such index [{index}] and [require_data_stream] request flag is [true] and [{index}] is not a data stream',
    status: 404,
    esType: 'index_not_found_exception',
  },
  'index.several': {
    template: "alias [{alias}] has more than one index associated with it [{indices}], can't execute a single index op",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'alias.invalid': { template: '{reason}', status: 400, esType: 'illegal_argument_exception' },
  'alias.missing': { template: 'aliases [{alias}] missing', status: 404, esType: 'aliases_not_found_exception' },
  'template.missing': {
    template: 'index_template [{name}] missing',
    status: 404,
    esType: 'index_template_missing_exception',
  },
  'template.composition': {
    template: 'index template [{name}] invalid, cause [{reason}]',
    status: 400,
    esType: 'invalid_index_template_exception',
  },
  'lifecycle.unsupported': {
    template: '{what} is not supported: {instead}',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'lifecycle.missing': {
    template: 'Lifecycle policy not found: {name}',
    status: 404,
    esType: 'resource_not_found_exception',
  },
  'script.missing': {
    template: 'unable to find script [{id}] in cluster state',
    status: 404,
    esType: 'resource_not_found_exception',
  },
  'bulk.argument': { template: '{reason}', status: 400, esType: 'illegal_argument_exception' },
  'bulk.validation': {
    template: 'Validation Failed: 1: {reason};',
    status: 400,
    esType: 'action_request_validation_exception',
  },
  'document.routing': {
    template: 'routing is required for [{index}]/[{id}]',
    status: 400,
    esType: 'routing_missing_exception',
  },
  'document.timestamp': {
    template: 'data stream timestamp field [@timestamp] {problem}',
    status: 400,
    esType: 'document_parsing_exception',
  },
  'stream.missing': { template: 'no such index [{name}]', status: 404, esType: 'index_not_found_exception' },
  'stream.exists': {
    template: 'data_stream [{name}] already exists',
    status: 400,
    esType: 'resource_already_exists_exception',
  },
  'document.conflict': {
    template: '[{id}]: version conflict, {reason}',
    status: 409,
    esType: 'version_conflict_engine_exception',
  },
  'document.missing': { template: '[{id}]: document missing', status: 404, esType: 'document_missing_exception' },
  'document.json': { template: 'failed to parse', status: 400, esType: 'mapper_parsing_exception', hint: '{reason}' },
})
