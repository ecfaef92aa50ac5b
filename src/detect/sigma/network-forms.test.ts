import { expect, test } from 'vitest'
import { matchesItem } from '../../../test/sigma-item.ts'

test.each<[logsource: string, item: string, event: object, expected: boolean]>([
  // Web, names and the cloud.
  ['category: proxy', 'c-useragent: x', { user_agent: { original: 'x' } }, true],
  ['category: proxy', "c-uri|contains: '/x'", { url: { original: 'http://a/x' } }, true],
  ['category: webserver', "cs-uri-query|contains: '../'", { request: '/a?b=../', agent: 'x' }, true],
  ['category: webserver', "cs-user-agent|contains: 'sqlmap'", { agent: 'sqlmap/1' }, true],
  ['category: webserver', 'sc-status: 500', { http: { response: { status_code: 500 } } }, true],
  [
    'category: webserver',
    'sc-status: 500',
    { event: { category: 'process' }, http: { response: { status_code: 500 } } },
    false,
  ],
  ['category: dns', 'query: x', { dns: { question: { name: 'x' } } }, true],
  ['category: firewall', 'dst_port: 445', { destination: { port: 445 } }, true],
  ['category: firewall', 'action: denied', { event: { action: 'denied' } }, true],
  [
    'product: aws, service: cloudtrail',
    'eventName: ConsoleLogin',
    { event: { action: 'ConsoleLogin', dataset: 'aws.cloudtrail' } },
    true,
  ],
  [
    'product: aws, service: cloudtrail',
    'userIdentity.type: Root',
    { aws: { cloudtrail: { user_identity: { type: 'Root' } } } },
    true,
  ],
  ['product: aws, service: cloudtrail', 'errorCode: x', { detail: { errorCode: 'x' } }, true],
  [
    'product: azure, service: signinlogs',
    'ResultType: 50126',
    { azure: { signinlogs: { result_type: '50126' } } },
    true,
  ],
  [
    'product: azure, service: signinlogs',
    'ResultType: 50126',
    { event: { dataset: 'aws.cloudtrail' }, ResultType: 50126 },
    false,
  ],
  ['product: okta, service: okta', 'eventtype: user.lock', { okta: { event_type: 'user.lock' } }, true],
  ['product: kubernetes, service: audit', 'verb: delete', { kubernetes: { audit: { verb: 'delete' } } }, true],
  ['product: zeek, service: dns', 'query: x', { zeek: { dns: { query: 'x' } } }, true],
  ['product: zeek, service: dns', 'id.resp_p: 53', { destination: { port: 53 } }, true],
  // Raw logs of Zeek, and those that Filebeat ships.
  ['category: proxy', 'c-uri-extension: exe', { uri: '/a.b/x.exe?y=1.txt', host: 'h' }, true],
  ['category: proxy', 'c-uri-extension: exe', { url: { original: 'http://a.exe' } }, false],
  ['category: proxy', "r-dns|endswith: '.example'", { host: 'a.example', method: 'GET' }, true],
  ['category: webserver', 'sc-status: 404', { status_code: 404, uri: '/' }, true],
  ['category: webserver', "cs-user-agent|contains: 'nikto'", { http: { http_user_agent: 'Nikto/2' } }, true],
  ['category: dns', 'record_type: TXT', { dns: { rrname: 'x', rrtype: 'TXT' } }, true],
  ['product: zeek, service: conn', 'conn_state: S0', { zeek: { connection: { state: 'S0' } } }, true],
  ['product: zeek, service: http', 'c-uri: /x', { _path: 'http', uri: '/x' }, true],
  [
    'product: zeek, service: dns',
    'query: x',
    { event: { dataset: 'zeek.http' }, dns: { question: { name: 'x' } } },
    false,
  ],
  [
    'product: zeek, service: kerberos',
    'error_msg: KDC_ERR',
    { event: { dataset: 'zeek.kerberos' }, zeek: { kerberos: { error: { msg: 'KDC_ERR' } } } },
    true,
  ],
  [
    'category: network, service: connection',
    'network.state: S0',
    { event: { dataset: 'zeek.connection' }, zeek: { connection: { state: 'S0' } } },
    true,
  ],
  ['category: network, service: connection', 'destination.port: 22', { 'id.resp_p': 22, proto: 'tcp' }, true],
  ['category: network, service: dns', 'dns.response.code: NXDOMAIN', { rcode_name: 'NXDOMAIN' }, true],
  // Audit logs of clouds.
  [
    'product: aws, service: cloudtrail',
    'requestParameters.userName: bob',
    { aws: { cloudtrail: { flattened: { request_parameters: { userName: 'bob' } } } } },
    true,
  ],
  ['product: aws, service: cloudtrail', 'eventName: x', { event: { dataset: 'aws.vpcflow', action: 'x' } }, false],
  [
    'product: azure, service: auditlogs',
    'properties.message: Delete user',
    { azure: { auditlogs: { operation_name: 'Delete user' } } },
    true,
  ],
  [
    'product: azure, service: signinlogs',
    'Status.errorCode: 50053',
    { properties: { status: { errorCode: 50053 } } },
    true,
  ],
  ['product: azure, service: auditlogs', 'Category: UserManagement', { category: 'UserManagement' }, true],
  [
    'product: kubernetes, service: audit',
    'capabilities: SYS_ADMIN',
    {
      requestObject: {
        spec: { containers: [{ securityContext: { capabilities: { add: ['NET_RAW', 'SYS_ADMIN'] } } }] },
      },
    },
    true,
  ],
  [
    'product: fortigate, service: event',
    'cfgpath: system.admin',
    { fortinet: { firewall: { cfgpath: 'system.admin' } } },
    true,
  ],
  ['category: proxy', 'c-useragent: x', { 'cs(User-Agent)': 'x' }, true],
  [
    'product: gcp, service: google_workspace.admin',
    'eventName: GRANT_ADMIN_PRIVILEGE',
    { protoPayload: { metadata: { event: [{ eventName: 'GRANT_ADMIN_PRIVILEGE' }] } } },
    true,
  ],
  [
    'product: kubernetes, service: audit',
    "hostPath: '*'",
    { requestObject: { spec: { volumes: [{ hostPath: { path: '/' } }] } } },
    true,
  ],
  // Objects of ECS are no fields of a log.
  ['product: zeek, service: http', 'host: x', { host: { name: 'y' }, url: { domain: 'x' } }, true],
])('{%s} %s on %j is %s', (logsource, item, event, expected) =>
  expect(matchesItem(logsource, item, event)).toBe(expected),
)
