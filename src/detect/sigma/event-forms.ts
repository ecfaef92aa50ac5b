import { AUDIT_ARGUMENTS } from './computed-fields.ts'
import { CLOUD_FORMS } from './cloud-forms.ts'
import { NETWORK_FORMS } from './network-forms.ts'

/**
 * Where the fields of Sigma's taxonomy stand in events of other forms: in the objects that shippers put a log's own
 * fields into, and under the names of ECS. Taken from the field tables of SigmaHQ's taxonomy, of Winlogbeat, Auditbeat
 * and Filebeat, and of ECS. The name that the rule has is always looked for first.
 */
export interface Forms {
  /** The logsources it holds for: each key that is given must be one of these. */
  readonly product?: readonly string[]
  readonly category?: readonly string[]
  readonly service?: readonly string[]
  /** Objects that hold the fields under their own names. */
  readonly inside?: readonly string[]
  /** As `inside`, with `someName` as `some_name`. */
  readonly snake?: readonly string[]
  /** What comes before the name of a field, with `SomeName` as `someName`. */
  readonly camel?: readonly string[]
  /** What comes before the name of a field, with `SomeName` as `Some Name`. */
  readonly spaced?: readonly string[]
  readonly names?: Readonly<Record<string, string>>
}

/** Before the names of Windows Defender, which are words: `Threat Name`. */
const DEFENDER = ['', 'winlog.event_data.', 'Event.EventData.', 'EventData.', 'event_data.']
const PROCESS = {
  Image: 'process.executable',
  CommandLine: 'process.command_line',
  CurrentDirectory: 'process.working_directory',
  ProcessId: 'process.pid',
  ProcessGuid: 'process.entity_id',
  ParentImage: 'process.parent.executable',
  ParentCommandLine: 'process.parent.command_line',
  ParentProcessId: 'process.parent.pid',
  ParentProcessGuid: 'process.parent.entity_id',
  User: ':account process.user.name',
}
const CONNECTION = {
  SourceHostname: 'source.domain',
  DestinationHostname: 'destination.domain',
  DestinationPortName: 'network.protocol',
  Protocol: 'network.transport',
  Initiated: ':direction',
}
const POWERSHELL = {
  ScriptBlockText: 'powershell.file.script_block_text',
  ScriptBlockId: 'powershell.file.script_block_id',
  MessageNumber: 'powershell.sequence',
  MessageTotal: 'powershell.total',
  CommandName: 'powershell.command.name',
  CommandPath: 'powershell.command.path',
  CommandType: 'powershell.command.type',
  EngineVersion: 'powershell.engine.version',
  NewEngineState: 'powershell.engine.new_state',
  PreviousEngineState: 'powershell.engine.previous_state',
  NewProviderState: 'powershell.provider.new_state',
  ProviderName: 'powershell.provider.name',
  PipelineId: 'powershell.pipeline_id',
  RunspaceId: 'powershell.runspace_id',
  HostId: 'process.entity_id',
  HostName: 'process.title',
  HostVersion: 'powershell.process.executable_version',
  HostApplication: 'process.command_line',
  ScriptName: 'file.path',
  SequenceNumber: 'event.sequence',
}

export const FORMS: readonly Forms[] = [
  {
    product: ['windows'],
    inside: [
      'winlog.event_data',
      'Event.EventData',
      'EventData',
      'event_data',
      'winlog.user_data',
      'Event.UserData.*',
      'UserData.*',
      'Event.System',
      'System',
    ],
    names: {
      EventID: 'winlog.event_id event.code event_id Event.System.EventID System.EventID',
      Channel: 'winlog.channel Event.System.Channel System.Channel log_name',
      Provider_Name:
        'winlog.provider_name Event.System.Provider.#attributes.Name System.Provider.#attributes.Name Event.System.Provider_attributes.Name System.Provider.Name ProviderName SourceName source_name event.provider',
      Computer: 'winlog.computer_name ComputerName host.name Hostname',
      ComputerName: 'winlog.computer_name Computer Event.System.Computer host.name Hostname',
      Level: 'winlog.level log.level',
    },
  },
  {
    product: ['windows'],
    service: ['windefend'],
    spaced: DEFENDER,
  },
  {
    product: ['windows'],
    category: ['process_creation'],
    // Event 4688 of the Security log.
    names: {
      Image: 'NewProcessName',
      ParentImage: 'ParentProcessName',
      ProcessId: 'NewProcessId',
      ParentProcessId: 'ProcessId',
      User: ':subject SubjectUserName',
      LogonId: 'SubjectLogonId',
    },
  },
  {
    product: ['windows'],
    category: ['registry_event', 'registry_set', 'registry_add'],
    // Event 4657 of the Security log.
    names: { Image: 'ProcessName', TargetObject: ':registry-value', Details: 'NewValue', User: ':subject' },
  },
  {
    product: ['windows', 'linux', 'macos'],
    category: ['process_creation', 'process_termination', 'process_tampering'],
    names: {
      ...PROCESS,
      OriginalFileName: 'process.pe.original_file_name',
      FileVersion: 'process.pe.file_version',
      Description: 'process.pe.description',
      Product: 'process.pe.product',
      Company: 'process.pe.company',
      IntegrityLevel: 'process.Ext.token.integrity_level_name',
      Hashes: ':process-hashes',
      Imphash: 'process.pe.imphash :imphash',
      imphash: 'process.pe.imphash :imphash',
      md5: 'process.hash.md5 :md5',
      sha1: 'process.hash.sha1 :sha1',
      sha256: 'process.hash.sha256 :sha256',
      LogonId: 'winlog.logon.id',
    },
  },
  {
    product: ['linux'],
    category: ['process_creation', 'process_termination', 'network_connection', 'file_event', 'file_delete'],
    // Sysmon for Linux.
    inside: ['winlog.event_data', 'Event.EventData', 'EventData', 'event_data'],
  },
  {
    product: ['linux'],
    names: { Image: 'exe', CommandLine: 'cmdline proctitle process.title', CurrentDirectory: 'cwd', ProcessId: 'pid' },
  },
  {
    product: ['windows', 'linux', 'macos'],
    category: ['network_connection'],
    names: { ...PROCESS, ...CONNECTION },
  },
  {
    product: ['windows', 'linux', 'macos'],
    category: [
      'file_event',
      'file_change',
      'file_delete',
      'file_delete_detected',
      'file_rename',
      'file_access',
      'file_executable_detected',
      'file_block_executable',
      'file_block_shredding',
      'create_stream_hash',
      'raw_access_thread',
    ],
    names: {
      ...PROCESS,
      TargetFilename: 'file.path',
      FileName: 'file.path file.name',
      SourceFilename: 'file.Ext.original.path',
      Device: 'file.path',
      IsExecutable: 'sysmon.file.is_executable',
      Archived: 'sysmon.file.archived',
      Hash: ':file-hashes',
      Hashes: ':file-hashes',
    },
  },
  {
    product: ['windows'],
    category: ['image_load', 'driver_load', 'driver_loaded', 'image_loaded'],
    names: {
      ...PROCESS,
      ImageLoaded: 'dll.path file.path',
      OriginalFileName: 'file.pe.original_file_name dll.pe.original_file_name',
      FileVersion: 'file.pe.file_version dll.pe.file_version',
      Description: 'file.pe.description dll.pe.description',
      Product: 'file.pe.product dll.pe.product',
      Company: 'file.pe.company dll.pe.company',
      Signed: 'file.code_signature.signed dll.code_signature.signed',
      Signature: 'file.code_signature.subject_name dll.code_signature.subject_name',
      SignatureStatus: 'file.code_signature.status dll.code_signature.status',
      Hashes: ':file-hashes :dll-hashes',
      Imphash: 'file.pe.imphash dll.pe.imphash :imphash',
      imphash: 'file.pe.imphash dll.pe.imphash :imphash',
      md5: 'file.hash.md5 dll.hash.md5 :md5',
      sha1: 'file.hash.sha1 dll.hash.sha1 :sha1',
      sha256: 'file.hash.sha256 dll.hash.sha256 :sha256',
    },
  },
  {
    product: ['windows'],
    category: ['registry_event', 'registry_set', 'registry_add', 'registry_delete', 'registry_rename'],
    names: { ...PROCESS, TargetObject: 'registry.path', Details: 'registry.data.strings', EventType: 'event.action' },
  },
  {
    product: ['windows'],
    category: ['process_access', 'create_remote_thread'],
    names: {
      SourceImage: 'process.executable',
      SourceProcessId: 'process.pid',
      SourceProcessGuid: 'process.entity_id',
      SourceThreadId: 'process.thread.id',
      SourceUser: ':account',
    },
  },
  {
    product: ['windows'],
    category: ['pipe_created', 'wmi_event', 'clipboard_capture', 'sysmon_error', 'sysmon_status'],
    names: { ...PROCESS, PipeName: 'file.name', Destination: 'process.executable' },
  },
  {
    product: ['windows', 'linux', 'macos'],
    category: ['dns_query'],
    names: {
      ...PROCESS,
      QueryName: 'dns.question.name',
      QueryResults: 'dns.answers.data dns.resolved_ip',
      QueryStatus: 'sysmon.dns.status dns.response_code',
    },
  },
  {
    product: ['windows'],
    category: ['ps_script', 'ps_module', 'ps_classic_start', 'ps_classic_provider_start', 'ps_classic_script'],
    names: {
      ...POWERSHELL,
      Payload: 'powershell.file.script_block_text powershell.command.invocation_details.value',
      Path: 'file.path',
      Data: 'winlog.event_data.param3 message',
    },
  },
  {
    product: ['windows'],
    service: ['powershell', 'powershell-classic'],
    names: { ...POWERSHELL, Payload: 'powershell.file.script_block_text', CommandLine: 'powershell.command.value' },
  },
  {
    product: ['windows'],
    service: ['security', 'system', 'ntlm', 'firewall-as', 'terminalservices-localsessionmanager'],
    names: {
      CommandLine: 'process.command_line',
      NewProcessName: 'process.executable',
      ProcessName: 'process.executable',
      NewProcessId: 'process.pid',
      ParentProcessName: 'process.parent.executable process.parent.name',
      Application: 'process.executable',
      SubjectUserName: 'user.name',
      SubjectDomainName: 'user.domain',
      SubjectUserSid: 'user.id',
      SubjectLogonId: 'winlog.logon.id',
      TargetLogonId: 'winlog.logon.id',
      LogonType: 'winlog.logon.type',
      TargetUserName: 'user.target.name user.name',
      TargetDomainName: 'user.target.domain user.domain',
      TargetUserSid: 'user.target.id',
      AccountName: 'user.name',
      AccountDomain: 'user.domain',
      ServiceName: 'service.name',
      IpAddress: 'source.ip',
      IpPort: 'source.port',
      WorkstationName: 'source.domain',
      Workstation: 'source.domain',
      ClientAddress: 'source.ip',
      ClientName: 'source.domain',
      SourceAddress: 'source.ip',
      DestAddress: 'destination.ip',
      DestPort: 'destination.port',
    },
  },
  {
    product: ['linux'],
    service: ['auditd'],
    // Auditbeat makes one event of the records of a call.
    names: {
      type: ':audit-types',
      ...Object.fromEntries(AUDIT_ARGUMENTS.map((name) => [name, `:audit-${name}`])),
    },
  },
  {
    product: ['linux'],
    service: ['auditd'],
    inside: ['auditd.data', 'auditd.log', 'auditd'],
    names: {
      type: 'auditd.message_type auditd.log.record_type event.action',
      SYSCALL: 'auditd.data.syscall auditd.log.syscall syscall event.action',
      syscall: 'SYSCALL event.action',
      exe: 'process.executable',
      comm: 'process.name',
      name: 'auditd.paths.name file.path',
      nametype: 'auditd.paths.nametype',
      cwd: 'process.working_directory',
      key: 'tags',
      uid: 'user.id',
      auid: 'user.audit.id',
      euid: 'user.effective.id',
      unit: 'auditd.data.unit service.name',
    },
  },
  {
    category: ['antivirus'],
    spaced: DEFENDER,
    names: {
      Signature: 'rule.name threat.indicator.name event.reason ThreatName',
      Filename: 'file.path file.name Path',
      FileName: 'file.path file.name',
    },
  },
  {
    product: ['macos'],
    service: ['endpointsecurity'],
    names: {
      ...PROCESS,
      ProcessName: 'process.name',
      ParentProcessName: 'process.parent.name',
      UserId: 'process.user.id user.id',
      EffectiveUserId: 'process.user.id',
      RealUserId: 'process.real_user.id',
      RealUser: 'process.real_user.name',
      TargetUser: 'user.target.name',
      TargetUserId: 'user.target.id',
      GroupId: 'process.group.id',
      EffectiveGroupId: 'process.group.id',
      RealGroupId: 'process.real_group.id',
      TargetGroup: 'group.target.name',
      TargetGroupId: 'group.target.id',
      TargetFilename: 'file.path',
      FileDirectory: 'file.directory',
      SourceFilename: 'file.source.path',
      DestinationFilename: 'file.target.path',
      SigningID: 'process.code_signature.signing_id',
      TeamID: 'process.code_signature.team_id',
      SignatureStatus: 'process.code_signature.status',
      Signed: 'process.code_signature.exists',
      SourceImage: 'process.executable',
      SourceProcessId: 'process.pid',
      TargetImage: 'target.process.executable',
      TargetProcessId: 'target.process.pid',
      TargetProcessName: 'target.process.name',
      TargetProcessGUID: 'target.process.entity_id',
      SignalNumber: 'signal.number',
      PtraceRequest: 'ptrace.request',
      XpcServiceName: 'xpc.service_name',
      KextIdentifier: 'driver.name',
      KextPath: 'file.path',
      MemoryProtection: 'memory.protection',
    },
  },
  ...NETWORK_FORMS,
  ...CLOUD_FORMS,
]
