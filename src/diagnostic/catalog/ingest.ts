import { defineErrors } from './entry.ts'

export const INGEST_ERRORS = defineErrors({
  'ingest.parse': { template: '{reason}', status: 400, esType: 'parse_exception' },
  'ingest.unsupported': { template: '{reason}', status: 400, esType: 'parse_exception' },
  'ingest.failed': { template: '{reason}', status: 400, esType: 'illegal_argument_exception' },
  'ingest.fail': { template: '{reason}', status: 500, esType: 'fail_processor_exception' },
  'ingest.cycle': {
    template: 'Cycle detected for pipeline: {id}',
    status: 400,
    esType: 'graph_structure_exception',
  },
  'ingest.unknown': {
    template: 'pipeline with id [{id}] does not exist',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'ingest.missing': { template: 'pipeline [{id}] is missing', status: 404, esType: 'resource_not_found_exception' },
})
