import type { FieldTable, Places, Subject } from './fields.ts'
import type { Logsource } from './rule.ts'
import { CATEGORIES, CHANNELS, LINUX_SYSMON } from './windows-logs.ts'

/** What the datasets of Elastic's modules hold. */
const DATASETS: Readonly<Record<string, Logsource>> = {
  'apache.access': { category: 'webserver' },
  'nginx.access': { category: 'webserver' },
  'iis.access': { category: 'webserver' },
  'squid.access': { category: 'proxy' },
  'auditd.log': { product: 'linux', service: 'auditd' },
  'system.auth': { product: 'linux' },
  'system.syslog': { product: 'linux' },
  'aws.cloudtrail': { product: 'aws', service: 'cloudtrail' },
  'azure.activitylogs': { product: 'azure', service: 'activitylogs' },
  'azure.auditlogs': { product: 'azure', service: 'auditlogs' },
  'azure.signinlogs': { product: 'azure', service: 'signinlogs' },
  'gcp.audit': { product: 'gcp', service: 'gcp.audit' },
  'okta.system': { product: 'okta', service: 'okta' },
  'github.audit': { product: 'github', service: 'audit' },
  'aws.vpcflow': { product: 'aws', service: 'vpcflow' },
  'aws.s3access': { product: 'aws', service: 's3access' },
  'auditd_manager.auditd': { product: 'linux', service: 'auditd' },
  'fortinet_fortigate.log': { product: 'fortigate' },
  'fortinet.firewall': { product: 'fortigate' },
  'cisco_duo.auth': { product: 'cisco', service: 'duo' },
  'google_workspace.admin': { product: 'gcp', service: 'google_workspace.admin' },
  'kubernetes.audit_logs': { product: 'kubernetes', service: 'audit' },
  'o365.audit': { product: 'm365' },
  ...zeekDatasets(),
}

/** Named as Zeek's logs are. */
function zeekDatasets(): Record<string, Logsource> {
  const logs =
    'dce_rpc dhcp dnp3 dns dpd files ftp http intel irc kerberos modbus mysql notice ntlm ntp ocsp pe radius rdp rfb ' +
    'signature sip smb_cmd smb_files smb_mapping smtp snmp socks software ssh ssl stats syslog traceroute tunnel weird x509'
  const datasets = logs.split(' ').map((log): [string, Logsource] => [`zeek.${log}`, { product: 'zeek', service: log }])
  return { ...Object.fromEntries(datasets), 'zeek.connection': { product: 'zeek', service: 'conn' } }
}

/** Categories of ECS, and those of Sigma that such an event may tell of. Others say nothing. */
const ECS_CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  process: [
    'process_creation',
    'process_termination',
    'process_access',
    'process_tampering',
    'create_remote_thread',
    'image_load',
    'ps_script',
    'ps_module',
    'ps_classic_start',
    'ps_classic_provider_start',
    'ps_classic_script',
    'raw_access_thread',
    'clipboard_capture',
  ],
  file: [
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
    'pipe_created',
    'image_load',
    'antivirus',
  ],
  registry: ['registry_event', 'registry_set', 'registry_add', 'registry_delete', 'registry_rename'],
  driver: ['driver_load'],
  library: ['image_load', 'driver_load'],
  network: ['network_connection', 'firewall', 'dns', 'dns_query', 'proxy', 'webserver'],
  web: ['webserver', 'proxy'],
  malware: ['antivirus'],
  authentication: ['authentication'],
}
const KNOWN = new Set([...Object.values(ECS_CATEGORIES).flat(), 'wmi_event'])
const SERVICE_OF = new Map(Object.entries(CHANNELS).flatMap(([service, names]) => names.map((name) => [name, service])))
const WINDOWS: Logsource = { product: 'windows' }

/** What none of the rules and tables knows: it contradicts what is known, and is one, however many texts there are. */
const OTHER = '?'
const IDS = new Set(Object.values(CATEGORIES).flatMap((ids) => Object.keys(ids)))
const PROVIDERS: Readonly<Record<string, string>> = {
  'microsoft-windows-sysmon': 'sysmon',
  'linux-sysmon': LINUX_SYSMON,
  'microsoft-windows-security-auditing': 'security',
  'microsoft-windows-powershell': 'powershell',
  powershell: 'powershell-classic',
}

/** A field by which events say where they come from, and what of its texts, folded, matters; '' says nothing. */
interface Saying {
  readonly field: string
  readonly logsource?: Logsource
  readonly meaning: (text: string) => string
}

const amongst =
  (known: ReadonlySet<string>, otherwise: string) =>
  (text: string): string =>
    known.has(text) ? text : otherwise

/**
 * What an event says about where it comes from. A rule is left out only where its logsource contradicts that: an event
 * that says nothing is judged by every rule. What events may say is a small number of things, whatever they hold.
 */
export class Origin {
  private readonly sayings: readonly (Saying & { readonly slot: number })[]

  /** @param rules the logsources of the rules */
  constructor(table: FieldTable, rules: readonly Logsource[]) {
    const named = (part: keyof Logsource): Saying['meaning'] =>
      amongst(new Set(rules.map((rule) => rule[part] ?? '')), OTHER)
    const sayings: Saying[] = [
      { field: 'logsource.product', meaning: named('product') },
      { field: 'logsource.category', meaning: named('category') },
      { field: 'logsource.service', meaning: named('service') },
      { field: 'host.os.type', meaning: amongst(new Set(['windows', 'linux', 'macos']), '') },
      { field: 'Channel', logsource: WINDOWS, meaning: (text) => SERVICE_OF.get(text) ?? OTHER },
      { field: 'Provider_Name', logsource: WINDOWS, meaning: (text) => own(PROVIDERS, text) ?? '' },
      {
        field: 'EventID',
        logsource: WINDOWS,
        meaning: (text) => (IDS.has(text) ? text : /^\d{1,5}$/.test(text) ? OTHER : ''),
      },
      { field: 'event.dataset', meaning: amongst(new Set(Object.keys(DATASETS)), '') },
      { field: 'event.category', meaning: amongst(new Set(Object.keys(ECS_CATEGORIES)), OTHER) },
      { field: 'event.type', meaning: amongst(new Set(['end']), OTHER) },
    ]
    this.sayings = sayings.map((saying) => ({ ...saying, slot: table.slot(saying.field, saying.logsource) }))
  }

  /** The fields that events with certain keys may say it by. */
  slotsIn(places: Places): readonly boolean[] {
    return this.sayings.map(({ slot }) => places.of(slot).length > 0)
  }

  /** A text for each kind of origin, so that the rules for it are chosen once. */
  key(subject: Subject, present: readonly boolean[]): string {
    let key = ''
    for (let i = 0; i < this.sayings.length; i++) {
      if (present[i] === true) {
        const { slot, meaning } = this.sayings[i]!
        const texts = subject.foldsOf(slot)
        if (texts.length === 1) key += meaning(texts[0]!)
        else if (texts.length > 1) key += [...new Set(texts.slice(0, 4).map(meaning))].sort().join(',')
      }
      key += '\0'
    }
    return key
  }

  /** Whether a rule of a logsource may say something of events whose {@link key} this is. */
  allows(key: string, rule: Logsource): boolean {
    const [product = '', category = '', service = '', os = '', channel = '', provider = '', id = '', ...ecs] =
      key.split('\0')
    const [dataset = '', categories = '', types = ''] = ecs
    const said = { product, category, service }
    const kept = own(DATASETS, dataset)
    for (const part of ['product', 'category', 'service'] as const) {
      const wanted = rule[part]
      if (wanted === undefined) continue
      // The services of the category are kinds of traffic, those of a product its logs.
      const held = part === 'service' && rule.category === 'network' ? undefined : kept?.[part]
      const is = said[part] || (held ?? '')
      if (is !== '' && is !== wanted) return false
    }
    const log = channel === '' ? provider : channel
    if (rule.product !== undefined && product === '' && kept?.product === undefined) {
      const is = log === '' ? os : log === LINUX_SYSMON ? 'linux' : 'windows'
      if (['windows', 'linux', 'macos'].includes(is) && rule.product !== is) return false
    }
    if (rule.product === 'windows' || (rule.product === 'linux' && log === LINUX_SYSMON))
      return allowsLog(rule, log, id, () => allowsEcs(rule, categories, types))
    if (log !== '' && rule.product === undefined && rule.category === undefined) return rule.service === undefined
    return allowsEcs(rule, categories, types)
  }
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** @param log the service that the channel is of, OTHER where there is none, '' where it is not known */
function allowsLog({ service, category }: Logsource, log: string, id: string, ecs: () => boolean): boolean {
  const channels = service === undefined ? undefined : own(CHANNELS, service)
  if (log === LINUX_SYSMON && service !== undefined) {
    if (service !== 'sysmon') return false
  } else if (log !== '' && channels !== undefined) {
    // Services have several names, and a channel is known by one of them.
    if (!(own(CHANNELS, log) ?? []).some((name) => channels.includes(name))) return false
  }
  if (category === undefined) return true
  const ids = own(CATEGORIES, log)
  const tells = (known: Readonly<Record<string, readonly string[]>>): boolean =>
    (own(known, id) ?? []).includes(category)
  if (ids !== undefined) return id === '' || tells(ids)
  // Nothing is said of the log: the id alone tells of the category.
  const sources = Object.values(CATEGORIES).filter((known) =>
    Object.values(known).some((all) => all.includes(category)),
  )
  if (log !== '') return sources.length === 0
  if (id !== '' && sources.length > 0) return sources.some(tells)
  return ecs()
}

function allowsEcs({ category }: Logsource, categories: string, types: string): boolean {
  if (category === undefined || categories === '' || !KNOWN.has(category)) return true
  if (category === 'process_creation' && types === 'end') return false
  return categories.split(',').some((one) => one === OTHER || (own(ECS_CATEGORIES, one) ?? []).includes(category))
}
