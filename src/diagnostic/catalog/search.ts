import { defineErrors } from './entry.ts'

export const SEARCH_ERRORS = defineErrors({
  // Mappings and documents
  'mapping.invalid': { template: '{reason}', status: 400, esType: 'mapper_parsing_exception' },
  'mapping.field_name': { template: '{reason}', status: 400, esType: 'illegal_argument_exception' },
  'mapping.unknown_type': {
    template: 'No handler for type [{type}] declared on field [{field}]',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'mapping.unknown_parameter': {
    template: 'unknown parameter [{parameter}] on mapper [{field}] of type [{type}]',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'mapping.root_parameter': {
    template: 'Root mapping definition has unsupported parameters:  [{parameter} : {value}]',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'mapping.conflict': {
    template: 'mapper [{field}] cannot be changed from type [{from}] to [{to}]',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'mapping.parameter_conflict': {
    template:
      'Mapper for [{field}] conflicts with existing mapper: Cannot update parameter [{parameter}] from [{from}] to [{to}]',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'mapping.object_conflict': {
    template: "can't merge a non object mapping [{field}] with an object mapping",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'mapping.nested_conflict': {
    template: 'cannot change object mapping from {from} to {to}, at [{field}]',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'mapping.field_limit': {
    template: 'Limit of total fields [{limit}] has been exceeded',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'mapping.nested_limit': {
    template: 'Limit of nested fields [{limit}] has been exceeded',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'document.nested_limit': {
    template:
      'The number of nested documents has exceeded the allowed limit of [{limit}]. This limit can be set by changing the [index.mapping.nested_objects.limit] index level setting.',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'mapping.depth_limit': {
    template: 'Limit of mapping depth [{limit}] has been exceeded due to object field [{field}]',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'mapping.alias': {
    template: 'Invalid [path] value [{path}] for field alias [{field}]: {reason}',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'mapping.strict': {
    template: 'mapping set to strict, dynamic introduction of [{field}] within [{object}] is not allowed',
    status: 400,
    esType: 'strict_dynamic_mapping_exception',
  },
  'document.field': {
    template:
      "failed to parse field [{field}] of type [{type}] in document with id '{id}'. Preview of field's value: '{value}'",
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'document.object_expected': {
    template: 'object mapping for [{field}] tried to parse field [{name}] as object, but found a concrete value',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'document.alias': {
    template: 'Cannot write to a field alias [{field}].',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'document.metadata_field': {
    template:
      'Field [{field}] is a metadata field and cannot be added inside a document. Use the index API request parameters.',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'document.not_object': {
    template: 'failed to parse: a document must be a JSON object',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'document.field_name': {
    template: 'field name cannot be an empty string or contain only whitespace, got [{field}]',
    status: 400,
    esType: 'mapper_parsing_exception',
  },
  'template.invalid': { template: '{reason}', status: 400, esType: 'action_request_validation_exception' },

  // Search bodies
  'search.parsing': { template: '{reason}', status: 400, esType: 'parsing_exception' },
  'search.content': { template: '{reason}', status: 400, esType: 'x_content_parse_exception' },
  'search.argument': { template: '{reason}', status: 400, esType: 'illegal_argument_exception' },
  'search.expensive': {
    template: "{name} cannot be executed when 'search.allow_expensive_queries' is set to false.{hint}",
    status: 400,
    esType: 'exception',
  },
  'search.unsupported': {
    template: '[{clause}] is not supported',
    status: 400,
    esType: 'parsing_exception',
  },
  'search.aggregation_initialization': {
    template: '{reason}',
    status: 400,
    esType: 'aggregation_initialization_exception',
  },
  'search.aggregation_execution': { template: '{reason}', status: 400, esType: 'aggregation_execution_exception' },
  'search.invalid_path': { template: '{reason}', status: 400, esType: 'invalid_aggregation_path_exception' },
  'search.query_shard': { template: '{reason}', status: 400, esType: 'query_shard_exception' },
  'search.date': {
    template:
      'failed to parse date field [{text}] with format [{format}]: [failed to parse date field [{text}] with format [{format}]]',
    status: 400,
    esType: 'parse_exception',
  },
  'search.number': { template: 'For input string: "{text}"', status: 400, esType: 'number_format_exception' },
  'search.fielddata': {
    template:
      'Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [{field}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'search.too_many_buckets': {
    template:
      'Trying to create too many buckets. Must be less than or equal to: [{limit}] but was [{count}]. This limit can be set by changing the [search.max_buckets] cluster level setting.',
    status: 400,
    esType: 'too_many_buckets_exception',
  },
  'search.too_many_clauses': {
    template: 'maxClauseCount is set to {limit}',
    status: 400,
    esType: 'too_many_clauses',
  },
  'search.result_window': {
    template:
      'Result window is too large, from + size must be less than or equal to: [{limit}] but was [{count}]. See the scroll api for a more efficient way to request large data sets. This limit can be set by changing the [index.max_result_window] index level setting.',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'search.circuit_breaker': {
    template: '[request] Data too large, data for [{what}] would be larger than the limit of [{limit}]',
    status: 429,
    esType: 'circuit_breaking_exception',
  },
  'search.context_missing': {
    template: 'No search context found for id [{id}]',
    status: 404,
    esType: 'search_context_missing_exception',
  },
  'search.too_many_scrolls': {
    template:
      'Trying to create too many scroll contexts. Must be less than or equal to: [{limit}]. This limit can be set by changing the [search.max_open_scroll_context] setting.',
    status: 429,
    esType: 'rejected_execution_exception',
  },
  'search.cancelled': { template: 'task cancelled [{reason}]', status: 400, esType: 'task_cancelled_exception' },
})
