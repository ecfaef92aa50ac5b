import { expect, test } from 'vitest'
import { createGrok } from './index.ts'

const libraries = { legacy: createGrok(), ecs: createGrok({ ecs: 'v1' }) }

const tabs = (line: string): string => line.replaceAll(' | ', '\t')

const CLOUDFRONT = tabs(
  '2026-11-23 | 10:11:12 | FRA6 | 4711 | 192.0.2.7 | GET | d111.cloudfront.net | /a.pdf | 200 | - | curl/8 | - | - | Miss | aB_c== | www.example.org | https | 88 | 0.025 | - | TLSv1.3 | TLS_AES_128_GCM_SHA256 | Hit',
)
const S3 =
  'abc1 logs [23/Nov/2026:10:11:12 +0000] 192.0.2.7 - 7ACC REST.GET.OBJECT a/b.html "GET /a/b.html HTTP/1.1" 304 - - 1718 10 - "-" "curl/8" - hostid= SigV4 ECDHE AuthHeader logs.example.org TLSv1.2'
const ELB =
  '2026-11-23T10:11:12.000001Z front 192.0.2.7:2817 - -1 -1 -1 408 - 12 0 "PUT https://example.org:443/v/a?x=1 HTTP/1.1" "curl/8" ECDHE TLSv1.2'
const EXIM =
  '2026-11-23 10:11:12 [1487] 1Ov4tU-0000Nz-Rm <= list@example.org H=mail.example.org (helo) [192.0.2.9]:51792 I=[192.0.2.1]:25 P=esmtps X=TLS1.2:AES:256 CV=no S=2177 id=38@example.org T="Daily: \\"x\\"" for ann@example.net'
const RAILS = `Started GET "/notes?page=2" for 192.0.2.7 at 2026-11-23 10:11:12 +0100
Processing by Admin::NotesController#index as JSON
  Parameters: {"page"=>"2"}
Completed 200 OK in 64ms (Views: 1.5ms | ActiveRecord: 9.0ms)`
const TOMCAT9 = '23-Nov-2026 10:11:12.505 SEVERE [main] org.example.Life.start Failed\n\tat a.B.c(B.java:1)'
const BRO_CONN = tabs(
  '1790000000.5 | Cx1 | 203.0.113.7 | 40122 | 192.0.2.20 | 22 | tcp | ssh | 1.5 | 10 | 20 | SF | - | - | 0 | Sh | 3 | 160 | 2 | 90 | (empty)',
)
const BRO_HTTP = tabs(
  '1790000000.5 | Cx1 | 203.0.113.7 | 40122 | 192.0.2.20 | 80 | 1 | GET | example.org | /a | - | curl/8 | 0 | 9 | 200 | OK | - | - | - | (empty) | ann | - | - | - | - | Fr1 | text/html',
)
const ZEEK_FILES = tabs(
  '1790000000.5 | Fx1 | 192.0.2.9 192.0.2.8 | 203.0.113.7 | Cx1 | HTTP | 0 | MD5 | text/plain | - | 0.5 | - | F | 47 | 48 | 0 | 0 | F | - | d41d | - | - | - | T | 40',
)
const NETSCREEN =
  'Nov 23 10:11:12 fw1 fw1-a: NetScreen device_id=fw1 [Root]system-notification-00257(traffic): start_time="2026-11-23 10:11:10" duration=3 policy_id=12 service=dns proto=17 src zone=Trust dst zone=DMZ action=Deny sent=0 rcvd=9 src=192.0.2.2 dst=192.0.2.3 src_port=53 dst_port=17210 session_id=8 reason=Traffic Denied'
const JUNOS =
  'RT_FLOW: RT_FLOW_SESSION_CLOSE: session closed TCP FIN: 192.0.2.2/5383->192.0.2.3/22 junos-ssh 192.0.2.2/5383->192.0.2.3/22 None nat7 6 allow untrust trust 5 7(66) 12(133) 45 UNKNOWN'

test.each<[keyof typeof libraries, string, string, object]>([
  ['legacy', 'CLOUDFRONT_ACCESS_LOG', CLOUDFRONT, { x_edge_location: 'FRA6', sc_bytes: 4711, time_taken: 0.025 }],
  [
    'ecs',
    'CLOUDFRONT_ACCESS_LOG',
    CLOUDFRONT,
    {
      aws: {
        cloudfront: { x_edge_request_id: 'aB_c==', time_taken: 0.025, http: { request: { host: 'www.example.org' } } },
      },
      destination: { bytes: 4711 },
      source: { ip: '192.0.2.7', bytes: 88 },
      network: { protocol: 'https' },
    },
  ],
  [
    'ecs',
    'S3_ACCESS_LOG',
    S3,
    {
      aws: {
        s3access: { bucket: 'logs', object_size: 1718, total_time: 10, host_id: 'hostid=', tls_version: 'TLSv1.2' },
      },
      client: { ip: '192.0.2.7' },
      http: { request: { method: 'GET' }, response: { status_code: 304 } },
      tls: { cipher: 'ECDHE' },
    },
  ],
  [
    'ecs',
    'ELB_ACCESS_LOG',
    ELB,
    {
      aws: { elb: { name: 'front', ssl_protocol: 'TLSv1.2' } },
      url: { scheme: 'https', domain: 'example.org', port: 443, path: '/v/a', query: 'x=1' },
      http: { request: { body: { bytes: 12 } }, response: { status_code: 408 } },
    },
  ],
  [
    'legacy',
    'EXIM',
    EXIM,
    {
      timestamp: '2026-11-23 10:11:12',
      exim_year: '2026',
      pid: '1487',
      exim_flags: '<=',
      remote_hostname: 'mail.example.org',
      remote_heloname: 'helo',
      remote_host: '192.0.2.9',
      remote_port: '51792',
      exim_interface_port: '25',
      protocol: 'esmtps',
      exim_msg_size: '2177',
      exim_header_id: '38@example.org',
      exim_subject: '"Daily: \\"x\\""',
      exim_recipient_email: 'ann@example.net',
    },
  ],
  [
    'ecs',
    'EXIM',
    EXIM,
    {
      source: { address: 'mail.example.org', ip: '192.0.2.9', port: 51792 },
      destination: { ip: '192.0.2.1', port: 25 },
      exim: {
        log: { message: { id: '1Ov4tU-0000Nz-Rm', size: 2177, subject: 'Daily: \\"x\\"' }, remote_address: 'helo' },
      },
    },
  ],
  [
    'legacy',
    'RAILS3',
    RAILS,
    {
      verb: 'GET',
      controller: 'Admin::NotesController',
      action: 'index',
      params: '"page"=>"2"',
      totalms: '64',
      viewms: '1.5',
    },
  ],
  [
    'ecs',
    'RAILS3',
    RAILS,
    {
      rails: {
        controller: { class: 'Admin::NotesController' },
        request: { format: 'JSON', duration: { view: 1.5 } },
      },
      http: { response: { status_code: 200 } },
    },
  ],
  [
    'ecs',
    'CATALINALOG',
    TOMCAT9,
    {
      log: { level: 'SEVERE', origin: { function: 'start' } },
      java: { log: { origin: { class: { name: 'org.example.Life' }, thread: { name: 'main' } } } },
      message: 'Failed\n\tat a.B.c(B.java:1)',
    },
  ],
  [
    'ecs',
    'TOMCATLOG',
    'Nov 23, 2026 3:00:21 PM org.example.Http11 init\nINFO: Initializing',
    { log: { level: 'INFO', origin: { function: 'init' } }, message: 'Initializing' },
  ],
  ['legacy', 'BRO_CONN', BRO_CONN, { service: 'ssh', resp_ip_bytes: '90', tunnel_parents: '(empty)' }],
  [
    'ecs',
    'BRO_CONN',
    BRO_CONN,
    { zeek: { connection: { state: 'SF', missed_bytes: 0, duration: 1.5 } }, source: { packets: 3, bytes: 160 } },
  ],
  [
    'ecs',
    'BRO_HTTP',
    BRO_HTTP,
    { url: { domain: 'example.org', original: '/a', username: 'ann' }, http: { response: { mime_type: 'text/html' } } },
  ],
  [
    'ecs',
    'ZEEK_FILES',
    ZEEK_FILES,
    {
      server: { ip: '192.0.2.9' },
      client: { ip: '203.0.113.7' },
      zeek: { files: { tx_hosts: '192.0.2.9 192.0.2.8', extracted_cutoff: 'T', extracted_size: 40 } },
      file: { size: 48, hash: { md5: 'd41d' } },
    },
  ],
  [
    'ecs',
    'NETSCREENSESSIONLOG',
    NETSCREEN,
    {
      netscreen: { service: 'dns', session: { type: 'traffic', duration: 3, reason: 'Traffic Denied' } },
      observer: { name: 'fw1-a', product: 'NetScreen', ingress: { zone: 'Trust' } },
      event: { code: '00257', action: 'Deny' },
      destination: { address: '192.0.2.3', port: 17210, bytes: 9 },
    },
  ],
  [
    'ecs',
    'RT_FLOW1',
    JUNOS,
    {
      juniper: { srx: { reason: 'session closed TCP FIN', dst_nat_rule_name: 'nat7', elapsed_time: 45 } },
      source: { ip: '192.0.2.2', port: 5383, bytes: 66, nat: { port: 5383 } },
      network: { iana_number: '6' },
    },
  ],
  [
    'ecs',
    'CISCOFW106100',
    'access-list in permitted tcp lan/192.0.2.4(51763) -> dmz/192.0.2.5(80) hit-cnt 3 first hit [0x62c4, 0x0]',
    {
      cisco: { asa: { rule_name: 'in', outcome: 'permitted', hit_count: 3, network: { transport: 'tcp' } } },
      observer: { ingress: { interface: { name: 'lan' } }, egress: { interface: { name: 'dmz' } } },
    },
  ],
  [
    'ecs',
    'CISCO_TAGGED_SYSLOG',
    '<166>Nov 23 2026 10:11:12 fw1 : %ASA-4-106023:',
    { log: { syslog: { priority: 166 } }, host: { hostname: 'fw1' }, cisco: { asa: { tag: 'ASA-4-106023' } } },
  ],
  [
    'legacy',
    'NAGIOSLOGLINE',
    '[1790000000] SERVICE ALERT: web;Disk /var;CRITICAL;SOFT;2;91 % used',
    { nagios_type: 'SERVICE ALERT', nagios_service: 'Disk /var', nagios_statelevel: 'SOFT', nagios_attempt: '2' },
  ],
  [
    'ecs',
    'NAGIOSLOGLINE',
    '[1790000000] EXTERNAL COMMAND: SCHEDULE_HOST_DOWNTIME;web;1790000100;1790000200;1;0;120;ann;new disk',
    {
      nagios: { log: { command: 'SCHEDULE_HOST_DOWNTIME', duration: 120, fixed: '1' } },
      host: { hostname: 'web' },
      user: { name: 'ann' },
    },
  ],
  [
    'legacy',
    'BACULA_LOGLINE',
    '23-Nov 10:11 vault-sd JobId 24: Labeled new Volume "Vol-0018" on device "Chgr1" (/srv/vault).',
    { bts: '23-Nov 10:11', hostname: 'vault-sd', jobid: '24', volume: 'Vol-0018', device: 'Chgr1' },
  ],
  [
    'ecs',
    'BACULA_LOGLINE',
    '23-Nov-2026 10:11 vault-dir JobId 11: Fatal error: bsock.c:133 Unable to connect to Client: web-fd on web.example.org:9102. ERR=Connection refused',
    {
      bacula: { job: { id: '11' }, client: { name: 'web-fd' } },
      client: { address: 'web.example.org', port: 9102 },
      error: { message: 'Connection refused' },
    },
  ],
  [
    'legacy',
    'MONGO_SLOWQUERY',
    'query shop.orders query: { query: { a: 1 } } ntoreturn:25 ntoskip:0 nscanned:22 keyUpdates:0 nreturned:22 reslen:100 1025ms',
    { database: 'shop', collection: 'orders', query: '{ query: { a: 1 } }', nreturned: '22', duration: '1025' },
  ],
  [
    'ecs',
    'MONGO3_LOG',
    '2026-11-23T10:11:12.119-0500 F -        [conn11] Got signal: 11',
    { log: { level: 'F' }, mongodb: { context: 'conn11' }, message: 'Got signal: 11' },
  ],
  [
    'ecs',
    'REDISMONLOG',
    '1790000000.5 [0 192.0.2.7:52412] "SET" "a" "b"',
    { redis: { database: { id: '0' }, command: { name: 'SET', args: '"a" "b"' } }, client: { port: 52412 } },
  ],
  [
    'ecs',
    'SQUID3',
    '1790000000.123    240 192.0.2.7 TCP_MISS_ABORTED/000 0 GET http://example.org/ - HIER_NONE/- text/html',
    { event: { action: 'TCP_MISS_ABORTED' }, http: { response: { bytes: 0, mime_type: 'text/html' } } },
  ],
  [
    'ecs',
    'RUBY_LOGGER',
    'E, [2026-11-23T10:11:12.321744 #1147] ERROR -- worker: gone',
    { process: { pid: 1147, name: 'worker' }, log: { level: 'ERROR' }, message: 'gone' },
  ],
])('%s %s', (library, name, line, fields) => {
  const found = libraries[library].compile(`%{${name}}`).match(line)
  expect(JSON.parse(JSON.stringify(found))).toMatchObject(fields)
})

test('a line of the shape before Zeek is none of Zeek', () => {
  expect(libraries.ecs.compile('%{ZEEK_HTTP}').match(BRO_HTTP)).toBeNull()
})
