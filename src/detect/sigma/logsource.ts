import type { Subject, FieldTable } from './fields.ts'
import type { Logsource } from './rule.ts'

const SYSMON: Readonly<Record<string, readonly string[]>> = {
  1: ['process_creation'],
  2: ['file_change'],
  3: ['network_connection'],
  5: ['process_termination'],
  6: ['driver_load'],
  7: ['image_load'],
  8: ['create_remote_thread'],
  9: ['raw_access_thread'],
  10: ['process_access'],
  11: ['file_event'],
  12: ['registry_add', 'registry_delete', 'registry_event'],
  13: ['registry_set', 'registry_event'],
  14: ['registry_rename', 'registry_event'],
  15: ['create_stream_hash'],
  17: ['pipe_created'],
  18: ['pipe_created'],
  19: ['wmi_event'],
  20: ['wmi_event'],
  21: ['wmi_event'],
  22: ['dns_query'],
  23: ['file_delete'],
  25: ['process_tampering'],
  26: ['file_delete'],
}

/**
 * What an event says about where it comes from. A rule is left out only where its logsource contradicts that: an event
 * that says nothing is judged by every rule.
 */
export class Origin {
  private readonly slots: Readonly<Record<string, number>>

  constructor(table: FieldTable) {
    const names = {
      product: 'logsource.product',
      category: 'logsource.category',
      service: 'logsource.service',
      os: 'host.os.type',
      channel: 'Channel',
      winlog: 'winlog.channel',
      id: 'EventID',
      code: 'event.code',
    }
    this.slots = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, table.slot(name)]))
  }

  /** A text for each kind of origin, so that the rules for it are chosen once. */
  key(subject: Subject): string {
    const first = (name: string): string => subject.foldsOf(this.slots[name]!)[0] ?? ''
    const channel = first('channel') || first('winlog')
    const id = channel.includes('sysmon') || channel === 'security' ? first('id') || first('code') : ''
    return `${first('product') || first('os')}|${first('category')}|${first('service')}|${channel}|${/^\d{1,5}$/.test(id) ? id : ''}`
  }

  allows(key: string, rule: Logsource): boolean {
    const [saidProduct = '', category = '', service = '', channel = '', id = ''] = key.split('|')
    const product = saidProduct || (channel === '' ? '' : 'windows')
    if (rule.product !== undefined && product !== '' && product !== rule.product) return false
    if (category !== '' && rule.category !== undefined && category !== rule.category) return false
    if (service !== '' && rule.service !== undefined && service !== rule.service) return false
    if (channel === '' || rule.product !== 'windows') return true
    if (rule.service !== undefined && ['security', 'system', 'application', 'sysmon'].includes(rule.service)) {
      if (rule.service === 'sysmon') return channel.includes('sysmon')
      return channel === rule.service
    }
    if (rule.category === undefined || id === '') return true
    const categories = channel.includes('sysmon') ? SYSMON[id] : id === '4688' ? ['process_creation'] : undefined
    return categories === undefined || categories.includes(rule.category)
  }
}
