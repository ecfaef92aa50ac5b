import type { PluginSpec } from './define.ts'

/**
 * The plugins of Logstash's own reference, so that one that is not here is told from a typing error.
 * Those that are built are found in the registry first.
 */
const NAMES: Readonly<Record<PluginSpec['kind'], string>> = {
  input: `azure_event_hubs azure_blob_storage beats cloudwatch couchdb_changes dead_letter_queue elastic_agent
    elastic_serverless_forwarder elasticsearch exec file ganglia gelf generator github google_cloud_storage
    google_pubsub graphite heartbeat http http_poller imap irc java_generator java_stdin jdbc jms jmx kafka kinesis
    logstash log4j lumberjack meetup neo4j_client pipe pipeline puppet_facter rabbitmq redis relp rss s3
    s3_sns_sqs salesforce snmp snmptrap sqlite sqs stdin stomp syslog tcp twitter udp unix varnishlog websocket wmi
    xmpp zeromq eventlog`,
  codec: `avro cef cloudfront cloudtrail collectd csv dots edn edn_lines es_bulk fluent graphite gzip_lines java_line
    java_plain jdots json json_lines json_pretty line msgpack multiline netflow nmap oldlogstashjson plain protobuf
    rubydebug s3plain sflow spool compress_spooler`,
  filter: `age aggregate alter anonymize bytes cidr cipher clone collate csv date de_dot dissect dns drop elapsed
    elasticsearch environment elastic_integration emoji extractnumbers fingerprint geoip grok hashid http i18n
    java_uuid jdbc_static jdbc_streaming json json_encode kv math memcached metaevent metricize metrics multiline
    mutate oui percentile prune punct range ruby sleep split syslog_pri tld translate threats_classifier throttle
    truncate unique urldecode useragent uuid wurfl_device_detection xml yaml zeromq`,
  output: `boundary circonus cloudwatch csv datadog datadog_metrics dynatrace elastic_app_search elastic_workplace_search
    elasticsearch elasticsearch_http email exec file firehose ganglia gelf google_bigquery google_cloud_storage
    google_pubsub graphite graphtastic http influxdb irc java_stdout juggernaut kafka kinesis librato logstash loggly
    lumberjack metriccatcher microsoft_logstash mongodb nagios nagios_nsca null opentsdb opensearch pagerduty pipe
    pipeline rabbitmq redis redmine riak riemann s3 sink sns solr_http sqs statsd stdout stomp syslog tcp timber udp
    webhdfs websocket xmpp zabbix zeromq`,
}

/** Each as its kind and name: `filter grok`. */
export const LOGSTASH_PLUGINS: ReadonlySet<string> = new Set(
  Object.entries(NAMES).flatMap(([kind, names]) => names.split(/\s+/).map((name) => `${kind} ${name}`)),
)

const OBJECT_STORE = 'use file, and a program that copies files there'
const ALARMS = 'use http, or let a rule or a watch tell people'
const QUEUES = 'of message queues Kafka is supported, by the kafka input and output'
const BINARY = 'of formats for objects JSON, CSV and CEF are supported'

/** What is done here instead, where there is more to say than that the plugin is not here. */
const INSTEAD: Readonly<Record<string, string>> = {
  'filter ruby':
    'there is no Ruby here; write it as `script { source => "ctx.total = ctx.sent + ctx.received" }`, in Painless, ' +
    "where event.get('[a][b]') is ctx.a.b and event.set('c', 1) is ctx.c = 1",
  'filter aggregate':
    'its code is Ruby, and there is no Ruby here; elapsed measures the time between two events of one ID, and rules ' +
    'that count events over a time are detection rules',
  'filter multiline': 'Logstash itself has removed it; use the codec of the same name',
  'output opensearch': 'the elasticsearch output writes to OpenSearch as well',
  'output elasticsearch_http': 'use the elasticsearch output',
  'output exec': 'use pipe, which writes events to the standard input of a command',
  'output s3': OBJECT_STORE,
  'output google_cloud_storage': OBJECT_STORE,
  'output sns': ALARMS,
  'output pagerduty': ALARMS,
  'output nagios': ALARMS,
  'output sqs': QUEUES,
  'output redis': QUEUES,
  'output rabbitmq': QUEUES,
  'output stomp': QUEUES,
  'output kinesis': QUEUES,
  'output mongodb': 'events are searched in the store of this process, or in a cluster by the elasticsearch output',
  'codec avro': BINARY,
  'codec protobuf': BINARY,
  'codec msgpack': BINARY,
  'codec fluent': `${BINARY}; Fluentd and Fluent Bit write JSON with their http output`,
  'codec edn': BINARY,
  'codec edn_lines': BINARY,
  'codec collectd': 'metrics are not what this is for; collectd writes JSON with its plugin write_http',
}

/** Why a plugin of Logstash's is refused, or undefined where Logstash knows none of that name. */
export function refusalOf(kind: PluginSpec['kind'], name: string): string | undefined {
  if (!LOGSTASH_PLUGINS.has(`${kind} ${name}`)) return undefined
  return INSTEAD[`${kind} ${name}`] ?? 'it is not part of this version'
}
