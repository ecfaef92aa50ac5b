import { option, type OptionSchema } from './option.ts'
import * as type from './option.ts'

/**
 * Every setting of vedetta.yml. The names are stable: files, `-E`, environment and docs use them.
 * docs/reference/settings.md is generated from this table.
 */
export const SETTINGS = {
  'http.host': option(type.string, {
    default: '127.0.0.1',
    describe: 'Address the HTTP server listens on. Beyond loopback it is refused until a user or a token exists.',
  }),
  'http.port': option(type.number({ integer: true, min: 0, max: 65_535 }), {
    default: 9200,
    describe: 'Port of the HTTP server; 0 takes a free one.',
  }),
  'http.allowed_hosts': option(type.list(type.string), {
    default: [],
    describe:
      "Further names by which requests may reach the HTTP server, such as a reverse proxy's; a request for another host gets 403.",
  }),
  'http.ssl.enabled': option(type.boolean, {
    default: false,
    describe: 'Whether the HTTP server speaks https, with `http.ssl.certificate` and `http.ssl.key`.',
  }),
  'http.ssl.certificate': option(type.string, {
    describe: 'PEM file of its certificate, with those of intermediate authorities after it.',
  }),
  'http.ssl.key': option(type.string, { describe: 'PEM file of its private key, without a passphrase.' }),
  'path.data': option(type.string, {
    default: 'data',
    describe: 'Folder of everything Vedetta keeps: store, queues, outbox, positions.',
  }),
  'path.pipelines': option(type.string, {
    describe:
      'Folder of Logstash pipelines (`*.conf` make one pipeline, a `pipelines.yml` several), or one file. Without it the shipped pipelines run.',
  }),
  'path.watches': option(type.string, {
    describe: 'Folder of watches, one JSON file each, named by its id. Without it the shipped watches run.',
  }),
  'path.patterns': option(type.list(type.string), {
    default: [],
    describe: 'Folders of grok patterns, read by every grok beside its `patterns_dir` and the shipped ones.',
  }),
  'path.rules': option(type.string, {
    describe:
      'Folder of Sigma rules (`*.yml`, with all below), or one file, beside the shipped ones. A rule that is wrong is named and left out; a file that changes is read again.',
  }),
  'path.sigma_pipelines': option(type.string, {
    describe:
      'Folder of processing pipelines (`*.yml`, as pySigma has them), or one file. They change Sigma rules before they run.',
  }),
  'path.notify': option(type.string, {
    describe:
      'File of routes from alerts to receivers (`notify.yml`). Without it the file of this name beside the settings is read where it is there; else alerts are shown and kept, and nobody is mailed.',
  }),
  'http.public_url': option(type.string, {
    describe: 'Address at which people reach the HTTP server; links in messages begin with it.',
  }),
  time_zone: option(type.timeZone, {
    default: 'UTC',
    describe: 'Time zone of times in messages, such as `Europe/Rome`; UTC is always beside it.',
  }),
  'detect.enabled': option(type.boolean, { default: true, describe: 'Judge events as they pass.' }),
  'detect.login.failures': option(type.number({ integer: true, min: 2 }), {
    default: 10,
    describe: 'Failed logins of one source within the window that are guessing.',
  }),
  'detect.login.users': option(type.number({ integer: true, min: 2 }), {
    default: 8,
    describe: 'Different users at which one source fails within the window that are spraying.',
  }),
  'detect.login.window': option(type.duration, { default: 600_000, describe: 'Window of the login detector.' }),
  'detect.scan.ports': option(type.number({ integer: true, min: 3 }), {
    default: 15,
    describe:
      'Ports of one host that one source asks for in vain within a minute that are a scan; an hour and a day need more.',
  }),
  'detect.scan.hosts': option(type.number({ integer: true, min: 3 }), {
    default: 25,
    describe:
      'Hosts on one port that one source asks in vain within a minute that are a sweep; an hour and a day need more.',
  }),
  'detect.scan.allowed': option(type.list(type.string), {
    default: [],
    describe: 'Addresses and networks whose scans are wanted: own scanners, monitoring, service discovery, balancers.',
  }),
  'detect.scan.quiet': option(type.duration, {
    default: 3_600_000,
    describe: 'A scan without a probe for so long is over.',
  }),
  'detect.home_networks': option(type.list(type.string), {
    default: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10', '127.0.0.0/8', '::1/128'],
    describe: 'Own networks: they tell inbound, outbound and internal apart.',
  }),
  'detect.sigma.shipped_rules': option(type.boolean, {
    default: true,
    describe: 'Judge by the Sigma rules that ship too.',
  }),
  'detect.sigma.lateness': option(type.duration, {
    default: 0,
    describe:
      'Events wait so long, in their own time, for earlier ones before Sigma rules judge them; at most 100,000 wait.',
  }),
  'detect.sigma.switch_off': option(type.boolean, {
    default: false,
    describe: 'Disable a Sigma rule that takes more than 5 % of a core for a minute; an alert tells of it in any case.',
  }),
  'detect.silent_after': option(type.duration, {
    describe:
      'A source that sends nothing for so long is told. Without it the limit is three times the longest silence of its last seven days.',
  }),
  'detect.assets': option(type.list(type.string), {
    default: [],
    describe:
      'What own networks and hosts weigh in the risk of an alert: `10.0.5.0/24=2`, `dc1.example.org=3`, `guest-*=0.5`.',
  }),
  'store.type': option(type.oneOf('embedded', 'cluster'), {
    default: 'embedded',
    describe: 'Where events are kept: in this process, or on an Elasticsearch or OpenSearch cluster.',
  }),
  'store.hosts': option(type.list(type.string), {
    default: [],
    describe: 'Addresses of the cluster, with `store.type: cluster`.',
  }),
  'store.username': option(type.string, { describe: 'User on the cluster.' }),
  'store.password': option(type.string, { describe: 'Password on the cluster; best from the keystore.', secret: true }),
  'store.api_key': option(type.string, { describe: 'API key on the cluster, instead of a user.', secret: true }),
  'store.ssl.certificate_authorities': option(type.list(type.string), {
    default: [],
    describe: 'Files of certificate authorities to trust for the cluster.',
  }),
  'store.ssl.verification_mode': option(type.oneOf('full', 'certificate', 'none'), {
    default: 'full',
    describe: 'How the certificate of the cluster is checked.',
  }),
  'store.aliases': option(type.list(type.string), {
    default: ['es-server:9200'],
    describe: 'Addresses in an elasticsearch output that mean the Store of this process, whatever they resolve to.',
  }),
  'store.retention.age': option(type.duration, {
    default: 30 * 86_400_000,
    describe: 'Indices whose newest event is older are deleted.',
  }),
  'store.retention.disk': option(type.number({ min: 1, max: 100 }), {
    default: 80,
    describe: 'Above this percentage of the disk the oldest indices are deleted.',
  }),
  'inputs.host': option(type.string, {
    describe: 'Address for network inputs that name no `host` of their own; without it they listen on 127.0.0.1.',
  }),
  'pipeline.ecs_compatibility': option(type.oneOf('disabled', 'v1', 'v8'), {
    default: 'disabled',
    describe: 'Field names of plugins that know both: as in Logstash 7 and before, or ECS.',
  }),
  'queue.type': option(type.oneOf('memory', 'persisted'), {
    default: 'memory',
    describe:
      'Where events wait between inputs and filters. `persisted` acknowledges what is on disk, below `path.data`/queue: a crash loses none of it.',
  }),
  'queue.max_bytes': option(type.bytes, {
    default: 2 ** 30,
    describe: 'Size of a queue on disk at which its inputs wait.',
  }),
  'queue.page_capacity': option(type.bytes, {
    default: 64 * 2 ** 20,
    describe: 'Size of one file of a queue; it is deleted when all in it is done.',
  }),
  'queue.drain': option(type.boolean, {
    default: false,
    describe: 'Whether a stop waits until queues on disk are empty; else the rest comes at the next start.',
  }),
  'dead_letter_queue.max_bytes': option(type.bytes, {
    default: 2 ** 30,
    describe: 'Size of the dead letters of a pipeline, below `path.data`/dead_letters, at which some are given up.',
  }),
  'dead_letter_queue.storage_policy': option(type.oneOf('drop_newer', 'drop_older'), {
    default: 'drop_newer',
    describe: 'Which dead letters are given up at that size: those that come, or the oldest.',
  }),
  'dead_letter_queue.retain.age': option(type.duration, {
    describe: 'How long dead letters are kept, such as 30d; without it as long as there is room.',
  }),
  'config.reload.automatic': option(type.boolean, {
    default: false,
    describe: 'Look for changes of pipelines while they run, and take them up.',
  }),
  'config.reload.interval': option(type.duration, {
    default: 3000,
    describe: 'How often to look for changes.',
  }),
  'watcher.script.default_lang': option(type.oneOf('painless', 'groovy'), {
    describe: 'Language of scripts that name none, instead of looking at them.',
  }),
  'watch.catch_up': option(type.boolean, {
    default: false,
    describe:
      'At the start, run each watch once for every time it missed while Vedetta was stopped, and tell what was met in one notification.',
  }),
  'watch.history.retention': option(type.duration, {
    default: 7 * 86_400_000,
    describe: 'How long the records of watches are kept, by the day.',
  }),
  'xpack.watcher.throttle.period.default_period': option(type.duration, {
    default: 5000,
    describe: 'Throttling of actions for which neither they nor their watch have a `throttle_period`.',
  }),
  'log.level': option(type.oneOf('error', 'warn', 'info', 'debug'), {
    default: 'info',
    describe: 'Least severe message to show.',
  }),
  'log.format': option(type.oneOf('plain', 'json'), {
    default: 'plain',
    describe: 'Form of the log on standard error.',
  }),
} as const satisfies OptionSchema

export type SettingName = keyof typeof SETTINGS

/** Settings with names of the user's own in them; who owns them checks what is below. */
export const OPEN_PREFIXES: Readonly<Record<string, string>> = {
  'xpack.notification.email.': "Mail accounts and defaults, by Elasticsearch's own keys.",
  'watcher.actions.email.service.': 'Mail accounts by the keys of Watcher 2.x.',
  'xpack.notification.slack.': 'Slack accounts and defaults.',
  'xpack.notification.pagerduty.': 'PagerDuty accounts and defaults.',
  'xpack.notification.teams.': 'Microsoft Teams accounts and defaults.',
  'xpack.notification.syslog.': 'Syslog servers.',
  'xpack.http.': 'HTTP requests of watches: allowed targets, proxy, certificates, timeouts.',
}
