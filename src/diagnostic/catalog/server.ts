import { defineErrors } from './entry.ts'

export const SERVER_ERRORS = defineErrors({
  'server.host_not_ours': {
    template: "the request is for host '{host}', which is not this server",
    status: 403,
    esType: 'security_exception',
    hint: 'use the address it listens on',
  },
  'server.cross_site': {
    template: 'a page of another site ({origin}) may not use this server',
    status: 403,
    esType: 'security_exception',
  },
  'server.unauthenticated': {
    template: 'missing or wrong credentials for REST request [{path}]',
    status: 401,
    esType: 'security_exception',
  },
  'server.login_busy': {
    template: 'too many logins at the same time',
    status: 429,
    esType: 'too_many_requests_exception',
  },
  'server.locked_out': {
    template: 'too many wrong passwords; try again in {seconds} seconds',
    status: 429,
    esType: 'too_many_requests_exception',
  },
  'server.forbidden': {
    template: "'{name}' ({role}) may not {method} {path}",
    status: 403,
    esType: 'security_exception',
    hint: 'an administrator gives roles with: vedetta user role NAME ROLE',
  },
  'server.nobody': {
    template: 'nobody may use this server: its last user or token was deleted, and it can be reached from elsewhere',
    status: 403,
    esType: 'security_exception',
    hint: 'add one with: vedetta user add NAME',
  },
  'server.csrf': {
    template: 'the request of a session must carry its token in the header X-Vedetta-Csrf',
    status: 403,
    esType: 'security_exception',
  },
  'server.setup_done': {
    template: 'a user or token exists already; an administrator adds others',
    status: 409,
    esType: 'security_exception',
  },
  'server.login_failed': {
    template: 'the name or the password is wrong',
    status: 401,
    esType: 'security_exception',
  },
  'server.role': {
    template: "a role must be one of {roles}, got '{role}'",
    status: 400,
    esType: 'validation_exception',
  },
  'server.last_administrator': {
    template: "'{name}' is the last administrator",
    status: 400,
    esType: 'validation_exception',
  },
  'server.tls': {
    template: "'{setting}' must be a PEM file that can be read, got '{path}': {reason}",
    status: 500,
    esType: 'settings_exception',
    hint: 'make one with: vedetta cert create',
  },
  'server.host_open': {
    template: "'http.host' must be a loopback address until a user or a token exists, got '{host}'",
    status: 500,
    esType: 'bootstrap_exception',
    hint: 'add one with: vedetta user add NAME',
  },
  'server.port_in_use': {
    template: "'http.port' must be a free port, got '{port}', which another program listens on at {host}",
    status: 500,
    esType: 'bind_http_exception',
    hint: 'choose another with -E http.port=PORT',
  },
  'server.cannot_listen': {
    template: "cannot listen on '{host}' port '{port}': {reason}",
    status: 500,
    esType: 'bind_http_exception',
  },
  'server.users_file': {
    template: "the users file '{path}' cannot be used: {reason}",
    status: 500,
    esType: 'security_exception',
  },
  'server.user_name': {
    template: "a user's name must be 1 to 128 letters, digits or . _ - @, got '{name}'",
    status: 400,
    esType: 'validation_exception',
  },
  'server.password': {
    template: 'a password must be at least {least} characters long',
    status: 400,
    esType: 'validation_exception',
  },
  'rest.content_type': {
    template: 'Content-Type header [{type}] is not supported',
    status: 406,
    esType: 'media_type_header_exception',
  },
  'rest.accept': {
    template: 'Invalid media-type value on headers [Accept]: {type}',
    status: 406,
    esType: 'media_type_header_exception',
  },
  'rest.content_encoding': {
    template: "Content-Encoding must be gzip, deflate or absent, got '{encoding}'",
    status: 415,
    esType: 'illegal_argument_exception',
  },
  'rest.body_invalid': {
    template: 'request body could not be read: {reason}',
    status: 400,
    esType: 'parse_exception',
  },
  'rest.json': { template: '{reason}', status: 400, esType: 'x_content_parse_exception' },
  'rest.object_value': {
    template: 'an object stands where a text or a number belongs',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'rest.too_deep': { template: 'it is nested too deeply', status: 400, esType: 'illegal_argument_exception' },
  'rest.body_missing': { template: 'request body is required', status: 400, esType: 'parse_exception' },
  'rest.too_large': {
    template: 'the request body must be at most {limit} bytes',
    status: 413,
    esType: 'content_too_long_exception',
  },
  'rest.parameter_unknown': {
    template: 'request [{path}] contains unrecognized {parameters}',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'rest.parameter_invalid': { template: '{reason}', status: 400, esType: 'illegal_argument_exception' },
  'rest.validation': {
    template: 'Validation Failed: {reason}',
    status: 400,
    esType: 'action_request_validation_exception',
  },
  'rest.bulk': { template: '{reason}', status: 400, esType: 'illegal_argument_exception' },
  'snapshot.unsupported': {
    template: 'snapshots are not supported: the data folder is backed up as docs/how-to/data-folder.md says',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'snapshot.repository_missing': {
    template: '[{repository}] missing',
    status: 404,
    esType: 'repository_missing_exception',
  },
  'rest.timeout': { template: '{reason}', status: 408, esType: 'timeout_exception' },
  'rest.not_found': { template: '{reason}', status: 404, esType: 'resource_not_found_exception' },
  'index.template_missing': {
    template: 'index_template [{name}] missing',
    status: 404,
    esType: 'index_template_missing_exception',
  },
  'index.copies_missing': { template: '{reason}', status: 503, esType: 'unavailable_shards_exception' },
  'index.type_missing': {
    template: 'type[[{types}]] missing',
    status: 404,
    esType: 'type_missing_exception',
  },
  'index.template_exists': {
    template: 'index_template [{name}] already exists',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'rest.conflict': { template: '{reason}', status: 409, esType: 'version_conflict_engine_exception' },
  'rest.document_missing': {
    template: '[{id}]: document missing',
    status: 404,
    esType: 'document_missing_exception',
  },
  'cluster.unreachable': {
    template: 'the cluster at {hosts} cannot be reached: {reason}',
    status: 503,
    esType: 'no_node_available_exception',
    hint: 'check store.hosts',
  },
  'cluster.refused': {
    template: 'the cluster at {hosts} refuses the login: {reason}',
    status: 503,
    esType: 'security_exception',
    hint: 'check store.username, store.password or store.api_key',
  },
  'cluster.certificate': {
    template: 'the certificate of {hosts} is not trusted: {reason}',
    status: 503,
    esType: 'security_exception',
    hint: 'name its authority in store.ssl.certificate_authorities',
  },
  'cluster.version': {
    template: '{hosts} is {product} {version}; Elasticsearch 8 or 9, or OpenSearch 2 or 3, is needed',
    status: 503,
    esType: 'illegal_state_exception',
  },
  // What a cluster answers keeps the status and type it came with.
  'cluster.answer': { template: '{reason}', status: 500, esType: 'exception' },
  'server.identity': {
    template: "'{path}' is damaged or of a later version",
    status: 500,
    esType: 'settings_exception',
    hint: 'remove it to give the data folder a new id',
  },
})
