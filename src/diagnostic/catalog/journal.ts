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
})
