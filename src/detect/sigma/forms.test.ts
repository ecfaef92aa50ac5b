import { expect, test } from 'vitest'
import { matchesItem } from '../../../test/sigma-item.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import { parseRules, RuleSet } from './index.ts'

const SYSMON = 'Microsoft-Windows-Sysmon/Operational'
const DEFENDER = 'Microsoft-Windows-Windows Defender/Operational'
const evtx = (channel: string, id: unknown, data: object, user: object = {}): object => ({
  Event: {
    System: {
      Provider: { '#attributes': { Name: 'P' } },
      EventID: id,
      Channel: channel,
      Computer: 'host1',
    },
    EventData: data,
    UserData: user,
  },
})
const winlogbeat = (channel: string, code: string, rest: object): object => ({
  winlog: { channel, event_id: code, computer_name: 'host1', provider_name: 'P', ...rest },
  event: { code },
})
const PROCESS = 'product: windows, category: process_creation'
const LINUX = 'product: linux, category: process_creation'

test.each<[logsource: string, item: string, event: object, expected: boolean]>([
  // Raw, as NXLog and others flatten it.
  [PROCESS, "CommandLine|contains: ' -enc '", { Channel: SYSMON, EventID: 1, CommandLine: 'a -enc b' }, true],
  [PROCESS, "CommandLine|contains: ' -enc '", { Channel: SYSMON, EventID: 11, CommandLine: 'a -enc b' }, false],
  [PROCESS, "CommandLine|contains: ' -enc '", { CommandLine: 'a -enc b' }, true],
  [PROCESS, 'CommandLine: x', { EventID: 1, CommandLine: 'x' }, true],
  [PROCESS, 'CommandLine: x', { EventID: '4688', CommandLine: 'x' }, true],
  [PROCESS, 'CommandLine: x', { EventID: 4104, CommandLine: 'x' }, false],
  // JSON of evtx files.
  [PROCESS, "Image|endswith: '\\a.exe'", evtx(SYSMON, 1, { Image: 'C:\\a.exe' }), true],
  [PROCESS, "Image|endswith: '\\a.exe'", evtx(SYSMON, 5, { Image: 'C:\\a.exe' }), false],
  [PROCESS, "Image|endswith: '\\a.exe'", { EventData: { Image: 'C:\\a.exe' }, System: { EventID: 1 } }, true],
  [PROCESS, "Image|endswith: '\\a.exe'", { event_data: { Image: 'C:\\a.exe' }, event_id: 1 }, true],
  ['product: windows, service: security', 'EventID: 1102', evtx('Security', 1102, {}), true],
  ['product: windows, service: security', 'EventID: 1102', evtx('System', 1102, {}), false],
  ['product: windows, service: system', 'Provider_Name: P', evtx('System', { '#text': 104 }, {}), true],
  ['product: windows, service: system', 'EventID: 104', evtx('System', { '#text': 104 }, {}), true],
  ['product: windows, service: system', 'Computer: HOST1', evtx('System', 1, {}), true],
  // Sysmon for Linux.
  [LINUX, 'Image: /bin/sh', evtx('Linux-Sysmon/Operational', 1, { Image: '/bin/sh' }), true],
  [LINUX, 'Image: /bin/sh', evtx('Linux-Sysmon/Operational', 3, { Image: '/bin/sh' }), false],
  [LINUX, 'Image: /bin/sh', evtx(SYSMON, 1, { Image: '/bin/sh' }), false],
  [PROCESS, 'Image: /bin/sh', evtx('Linux-Sysmon/Operational', 1, { Image: '/bin/sh' }), false],
  [
    'product: linux, service: sysmon',
    'Image: /bin/sh',
    { Channel: 'Linux-Sysmon/Operational', Image: '/bin/sh' },
    true,
  ],
  [
    'product: linux, service: auditd',
    'Image: /bin/sh',
    { Channel: 'Linux-Sysmon/Operational', Image: '/bin/sh' },
    false,
  ],
  [
    'product: linux, category: network_connection',
    'DestinationIp: 192.0.2.1',
    winlogbeat('Linux-Sysmon/Operational', '3', { event_data: { DestinationIp: '192.0.2.1' } }),
    true,
  ],
  // Services with two names.
  ...['ldap', 'ldap_debug'].map((service): [string, string, object, boolean] => [
    `product: windows, service: ${service}`,
    'EventID: 30',
    evtx('Microsoft-Windows-LDAP-Client/Debug', 30, {}),
    true,
  ]),
  ...['servicebus-client', 'microsoft-servicebus-client'].map((service): [string, string, object, boolean] => [
    `product: windows, service: ${service}`,
    'EventID: 40300',
    evtx('Microsoft-ServiceBus-Client/Operational', 40300, {}),
    true,
  ]),
  // Defender writes its names as words.
  [
    'category: antivirus',
    'Signature|contains: eicar',
    evtx(DEFENDER, 1116, { 'Threat Name': 'Virus:DOS/EICAR' }),
    true,
  ],
  ['category: antivirus', "Filename|endswith: '.asp'", evtx(DEFENDER, 1116, { Path: 'file:_C:\\a.asp' }), true],
  ...[evtx(DEFENDER, 1119, { 'Threat Name': 'EICAR' }), { Channel: DEFENDER, 'Threat Name': 'EICAR' }].map(
    (event): [string, string, object, boolean] => [
      'product: windows, service: windefend',
      'ThreatName: eicar',
      event,
      true,
    ],
  ),
  [
    'product: windows, service: windefend',
    "NewValue|contains: '\\Exclusions'",
    winlogbeat(DEFENDER, '5007', { event_data: { 'Old Value': '', 'New Value': 'HKLM\\Exclusions\\Paths' } }),
    true,
  ],
  ['product: windows, service: security', 'ThreatName: eicar', evtx('Security', 1, { 'Threat Name': 'EICAR' }), false],
  [
    'product: windows, service: wmi',
    'User: S-1-5-32-544',
    evtx('Microsoft-Windows-WMI-Activity/Operational', 5859, {}, { Operation: { User: 'S-1-5-32-544' } }),
    true,
  ],
  [
    'product: windows, category: ps_classic_provider_start',
    'Data|contains: Set-MpPreference',
    evtx('Windows PowerShell', { '#text': 600 }, { Data: { '#text': ['a', 'x Set-MpPreference 1'] } }),
    true,
  ],
  // Winlogbeat.
  [PROCESS, 'CommandLine: x', winlogbeat(SYSMON, '1', { event_data: { CommandLine: 'x' } }), true],
  [PROCESS, 'CommandLine: x', winlogbeat('System', '1', { event_data: { CommandLine: 'x' } }), false],
  [PROCESS, 'CommandLine: x', { ...winlogbeat(SYSMON, '1', {}), process: { command_line: 'x' } }, true],
  [PROCESS, 'CommandLine: x', { 'event.code': '1', 'process.command_line': 'x' }, true],
  [PROCESS, 'ParentImage: x', { process: { parent: { executable: 'X' } } }, true],
  [PROCESS, 'OriginalFileName: x', { process: { pe: { original_file_name: 'x' } } }, true],
  [PROCESS, 'User: NT AUTHORITY\\SYSTEM', { user: { name: 'SYSTEM', domain: 'NT AUTHORITY' } }, true],
  [PROCESS, "Hashes|contains: 'IMPHASH=ab12'", { process: { hash: { md5: '1' }, pe: { imphash: 'ab12' } } }, true],
  [PROCESS, 'Imphash: ab12', { EventID: 1, Channel: SYSMON, Hashes: 'MD5=00,IMPHASH=AB12' }, true],
  [PROCESS, 'CommandLine: null', { ...winlogbeat(SYSMON, '1', {}), process: { command_line: 'x' } }, false],
  [PROCESS, 'CommandLine|exists: false', winlogbeat(SYSMON, '1', {}), true],
  [PROCESS, 'CommandLine|exists: true', evtx(SYSMON, 1, { CommandLine: '' }), true],
  [PROCESS, 'Image|fieldref: ParentImage', evtx(SYSMON, 1, { Image: 'a', ParentImage: 'A' }), true],
  [PROCESS, 'Image|cased: A', evtx(SYSMON, 1, { Image: 'a' }), false],
  [PROCESS, "Image|re: '^C:.*\\d'", evtx(SYSMON, 1, { Image: 'C:\\1' }), true],
  // Event 4688.
  [PROCESS, 'Image: x', { Channel: 'Security', EventID: 4688, NewProcessName: 'x' }, true],
  [PROCESS, 'Image: x', evtx('Security', 4688, { NewProcessName: 'x' }), true],
  [PROCESS, 'Image: x', evtx('Security', 4624, { NewProcessName: 'x' }), false],
  [PROCESS, 'ParentProcessId: 7', evtx('Security', 4688, { ProcessId: 7, NewProcessId: 9 }), true],
  // Other categories.
  [
    'product: windows, category: registry_set',
    "TargetObject|endswith: '\\Run'",
    evtx('Security', 4657, { ObjectName: 'x\\Run' }),
    true,
  ],
  [
    'product: windows, category: registry_set',
    'Details: x',
    { ...winlogbeat(SYSMON, '13', {}), registry: { data: { strings: ['x'] } } },
    true,
  ],
  [
    'product: windows, category: file_event',
    'TargetFilename: x',
    { event: { category: ['file'] }, file: { path: 'x' } },
    true,
  ],
  [PROCESS, 'Image: x', { event: { category: ['file'] }, process: { executable: 'x' } }, false],
  [PROCESS, 'Image: x', { event: { category: ['process'], type: ['end'] }, process: { executable: 'x' } }, false],
  ['product: windows, category: image_load', 'ImageLoaded: x', evtx(SYSMON, 7, { ImageLoaded: 'x' }), true],
  [
    'product: windows, category: dns_query',
    'QueryName: x',
    { dns: { question: { name: 'x' } }, event: { code: '22' } },
    true,
  ],
  [
    'product: windows, category: network_connection',
    "Initiated: 'true'",
    { network: { direction: 'egress' }, event: { code: '3' } },
    true,
  ],
  [
    'product: windows, category: network_connection',
    'DestinationIp|cidr: 10.0.0.0/8',
    { destination: { ip: '10.1.1.1' } },
    true,
  ],
  [
    'product: windows, category: ps_script',
    'ScriptBlockText: x',
    evtx('PowerShellCore/Operational', 4104, { ScriptBlockText: 'x' }),
    true,
  ],
  [
    'product: windows, category: ps_script',
    'ScriptBlockText: x',
    evtx('PowerShellCore/Operational', 4103, { ScriptBlockText: 'x' }),
    false,
  ],
  [
    'product: windows, category: ps_script',
    'ScriptBlockText: x',
    { powershell: { file: { script_block_text: 'x' } } },
    true,
  ],
  // Products exclude each other.
  [PROCESS, 'Image: x', { host: { os: { type: 'linux' } }, process: { executable: 'x' } }, false],
  [LINUX, 'Image: x', { host: { os: { type: 'linux' } }, process: { executable: 'x' } }, true],
  [LINUX, 'Image: x', evtx(SYSMON, 1, { Image: 'x' }), false],
  ['product: linux, service: auditd', 'a1: x', { auditd: { data: { a1: 'x' } } }, true],
  ['product: linux, service: auditd', 'type: EXECVE', { 'event.action': 'execve', auditd: { log: { a0: 'y' } } }, true],
  [
    'product: linux, service: auditd',
    'name: /etc/shadow',
    { auditd: { paths: [{ name: '/a' }, { name: '/etc/shadow' }] } },
    true,
  ],
  // Auditbeat makes one event of the records of a call.
  ...(
    [
      ['{type: EXECVE, a0: chattr, a1: -i}', true],
      ['{type: SYSCALL, syscall: execve}', true],
      ['{type: PATH, name: /bin/chattr}', true],
      ['{type: EXECVE, a0: "0x1"}', false],
    ] as const
  ).map(([items, expected]): [string, string, object, boolean] => [
    'product: linux, service: auditd',
    items.slice(1, -1).replaceAll(', ', '\n    '),
    {
      auditd: {
        message_type: 'syscall',
        data: { syscall: 'execve', a0: '0x1', a1: '0x2' },
        paths: [{ name: '/bin/chattr' }],
      },
      process: { args: ['chattr', '-i', '/etc/passwd'], executable: '/bin/chattr' },
    },
    expected,
  ]),
  // The Security log names keys as the kernel does, and accounts by their parts.
  [
    'product: windows, category: registry_set',
    "TargetObject: 'HKLM\\Software\\Run\\x'",
    evtx('Security', 4657, { ObjectName: '\\REGISTRY\\MACHINE\\Software\\Run', ObjectValueName: 'x' }),
    true,
  ],
  [
    PROCESS,
    "User: 'NT AUTHORITY\\SYSTEM'",
    evtx('Security', 4688, { SubjectUserName: 'SYSTEM', SubjectDomainName: 'NT AUTHORITY' }),
    true,
  ],
  [
    'product: windows, category: ps_classic_start',
    'EngineVersion|startswith: 2.',
    { ...winlogbeat('Windows PowerShell', '400', {}), powershell: { engine: { version: '2.0' } } },
    true,
  ],
  [
    'product: windows, service: hyper-v-worker',
    'EventID: 18560',
    evtx('Microsoft-Windows-Hyper-V-Worker-Admin', 18560, {}),
    true,
  ],
  [
    'product: macos, service: endpointsecurity',
    'SigningID: com.apple.curl',
    { process: { code_signature: { signing_id: 'com.apple.curl' } } },
    true,
  ],
  // Fields of a pipeline for Elasticsearch.
  ['product: windows', 'process.executable.caseless: X', { process: { executable: 'x' } }, true],
])('{%s} %s on %j is %s', (logsource, item, event, expected) =>
  expect(matchesItem(logsource, item, event)).toBe(expected),
)

test('an event whose keys were never seen is judged as every other, however many kinds of keys there are', () => {
  const { rules } = parseRules({
    name: 'r.yml',
    text: 'title: t\nlogsource: {product: windows}\ndetection: {s: {Image: x}, condition: s}',
  })
  const set = new RuleSet(rules)
  for (let i = 0; i < 21_000; i++) set.match(toValue({ [`k${i}`]: 1 }) as ValueObject)
  expect(set.match(toValue({ never: 1, EventData: { Image: 'x' } }) as ValueObject)).toHaveLength(1)
})

test('what events say of where they come from is a small number of things, whatever they hold', () => {
  const { rules } = parseRules({
    name: 'r.yml',
    text: 'title: t\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {Image: x}, condition: s}',
  })
  const set = new RuleSet(rules)
  const names = ['constructor', '__proto__', 'toString', 'x\0y']
  for (const name of names)
    for (const field of ['Channel', 'EventID', 'Provider_Name'])
      set.match(toValue({ [field]: name, event: { category: name, dataset: name, type: name } }) as ValueObject)
  const event = (n: number): ValueObject =>
    toValue({ Channel: `c${n}`, EventID: n, Image: 'x', logsource: { product: `p${n}` } }) as ValueObject
  for (let n = 0; n < 5000; n++) expect(set.match(event(n))).toEqual([])
  expect(set.match(toValue({ Channel: 'Security', EventID: 4688, NewProcessName: 'x' }) as ValueObject)).toHaveLength(1)
  expect(set.routesMade).toBeLessThan(100)
})
