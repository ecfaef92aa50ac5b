import type { FieldTable, Places, Subject } from './fields.ts'
import { fold } from './pattern.ts'
import type { Logsource } from './rule.ts'
import { CATEGORIES, CHANNELS } from './windows-logs.ts'

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

/**
 * What an event says about where it comes from. A rule is left out only where its logsource contradicts that: an event
 * that says nothing is judged by every rule.
 */
export class Origin {
  private readonly slots: readonly number[]

  constructor(table: FieldTable) {
    this.slots = [
      table.slot('logsource.product'),
      table.slot('logsource.category'),
      table.slot('logsource.service'),
      table.slot('host.os.type'),
      table.slot('Channel', WINDOWS),
      table.slot('Provider_Name', WINDOWS),
      table.slot('EventID', WINDOWS),
      table.slot('event.dataset'),
      table.slot('event.category'),
      table.slot('event.type'),
    ]
  }

  /** The fields that events with certain keys may say it by. */
  slotsIn(places: Places): readonly boolean[] {
    return this.slots.map((slot) => places.of(slot).length > 0)
  }

  /** A text for each kind of origin, so that the rules for it are chosen once. */
  key(subject: Subject, present: readonly boolean[]): string {
    let key = ''
    for (let i = 0; i < this.slots.length; i++) {
      if (present[i] === true) {
        const texts = subject.textsOf(this.slots[i]!)
        if (texts.length > 0) key += texts.length === 1 ? texts[0]! : texts.slice(0, 4).join(',')
      }
      key += '\0'
    }
    return key
  }

  /** Whether a rule of a logsource may say something of events whose {@link key} this is. */
  allows(key: string, rule: Logsource): boolean {
    const [product = '', category = '', service = '', os = '', channel = '', provider = '', id = '', ...ecs] =
      fold(key).split('\0')
    const [dataset = '', categories = '', types = ''] = ecs
    const said = { product, category, service }
    const kept = DATASETS[dataset]
    for (const part of ['product', 'category', 'service'] as const) {
      const wanted = rule[part]
      if (wanted === undefined) continue
      const is = said[part] || (kept?.[part] ?? '')
      if (is !== '' && is !== wanted) return false
    }
    const log = channel === '' ? serviceOfProvider(provider) : (SERVICE_OF.get(channel) ?? channel)
    const windows = channel !== '' || log !== ''
    if (rule.product !== undefined && product === '' && kept?.product === undefined) {
      const is = windows ? 'windows' : os
      if (['windows', 'linux', 'macos'].includes(is) && rule.product !== is) return false
    }
    if (rule.product === 'windows')
      return allowsWindows(rule, log, windowsId(id), () => allowsEcs(rule, categories, types))
    if (windows && rule.product === undefined && rule.category === undefined) return rule.service === undefined
    return allowsEcs(rule, categories, types)
  }
}

function windowsId(id: string): string {
  return /^\d{1,5}$/.test(id) ? id : ''
}

function serviceOfProvider(provider: string): string {
  if (provider === 'microsoft-windows-sysmon') return 'sysmon'
  if (provider === 'microsoft-windows-security-auditing') return 'security'
  if (provider === 'microsoft-windows-powershell') return 'powershell'
  return provider === 'powershell' ? 'powershell-classic' : ''
}

/** @param log the service that the channel is of, the channel itself where there is none, '' where it is not known */
function allowsWindows({ service, category }: Logsource, log: string, id: string, ecs: () => boolean): boolean {
  if (log !== '' && service !== undefined && service in CHANNELS && log !== service) return false
  if (category === undefined) return true
  const ids = CATEGORIES[log]
  if (ids !== undefined) return id === '' || (ids[id] ?? []).includes(category)
  // Nothing is said of the log: the id alone tells of the category.
  const sources = Object.values(CATEGORIES).filter((known) =>
    Object.values(known).some((all) => all.includes(category)),
  )
  if (log !== '') return sources.length === 0
  if (id !== '' && sources.length > 0) return sources.some((known) => (known[id] ?? []).includes(category))
  return ecs()
}

function allowsEcs({ category }: Logsource, categories: string, types: string): boolean {
  if (category === undefined || categories === '' || !KNOWN.has(category)) return true
  if (category === 'process_creation' && types === 'end') return false
  const said = categories.split(',')
  return said.some((one) => ECS_CATEGORIES[one] === undefined || ECS_CATEGORIES[one].includes(category))
}
