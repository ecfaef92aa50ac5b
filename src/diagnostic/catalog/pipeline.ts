import { defineErrors } from './entry.ts'

export const PIPELINE_ERRORS = defineErrors({
  'pipeline.syntax': { template: 'expected {expected}, got {found}', status: 400, esType: 'parse_exception' },
  'pipeline.unclosed': {
    template: "'{owner}' is not closed",
    status: 400,
    esType: 'parse_exception',
    hint: 'a closing brace is missing',
  },
  'pipeline.unterminated_string': {
    template: 'the string is not closed by {quote}',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.unterminated_regex': {
    template: 'the regular expression is not closed by /',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.comma_in_hash': {
    template: 'entries of a hash are separated by white space, not by commas',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.stray_else': { template: 'else has no if before it', status: 400, esType: 'parse_exception' },
  'pipeline.too_deep': { template: 'nested deeper than {limit} levels', status: 400, esType: 'parse_exception' },
  'pipeline.unknown_plugin': { template: '{kind} "{name}" does not exist', status: 400, esType: 'parse_exception' },
  'pipeline.unsupported_plugin': {
    template: '{kind} "{name}" of Logstash is not supported: {reason}',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.codec_decodes_only': {
    template: 'codec "{name}" only reads: an output cannot use it',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.plugin_refused': {
    template: '{kind} "{name}" cannot be made: {reason}',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.invalid_regex': {
    template: 'invalid regular expression: {reason}',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.undefined_variable': {
    template: '{reference} is neither in the environment nor has it a default',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.not_reloadable': {
    template: "pipeline '{id}' stays as it was started: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
    hint: 'restart to change it',
  },
  'pipeline.if_in_input': { template: 'if does not work in an input section', status: 400, esType: 'parse_exception' },
  'pipeline.no_store': {
    template: 'an elasticsearch output that means the store of this process works only under vedetta start',
    status: 400,
    esType: 'illegal_argument_exception',
    hint: 'give it the hosts of a cluster, or another output such as stdout',
  },
  'pipeline.notice': { template: '{message}', status: 400, esType: 'illegal_argument_exception' },
  'pipeline.invalid_cases': {
    template: 'invalid file of cases: {reason}',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.no_files': { template: "no configuration file matches '{path}'", status: 400, esType: 'parse_exception' },
  'pipeline.unreadable': { template: "'{path}' cannot be read: {reason}", status: 400, esType: 'parse_exception' },
  'pipeline.invalid_pipelines_yml': {
    template: 'invalid pipelines.yml: {reason}',
    status: 400,
    esType: 'parse_exception',
  },
  'pipeline.no_listener': {
    template: "no pipeline input has the address '{address}'; events sent to it wait",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'pipeline.failed': { template: "pipeline '{id}' stopped: {reason}", status: 500, esType: 'pipeline_exception' },
})
