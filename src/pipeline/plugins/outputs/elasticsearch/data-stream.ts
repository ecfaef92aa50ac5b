import { fail } from '../../../../diagnostic/index.ts'
import { isObject, newObject, printValue, type Event, type ValueObject } from '../../../../event/index.ts'
import type { EcsCompatibility } from '../../define.ts'
import type { ElasticsearchOptions } from './options.ts'

const PARTS = ['type', 'dataset', 'namespace'] as const
type Part = (typeof PARTS)[number]

/** Options that only mean something to a data stream. */
const OWN = [
  'data_stream_type',
  'data_stream_dataset',
  'data_stream_namespace',
  'data_stream_auto_routing',
  'data_stream_sync_fields',
] as const

/**
 * Whether events go to a data stream, by the rules of Logstash 8.
 * @throws DiagnosticError for options that do not go together.
 */
export function writesDataStream(options: ElasticsearchOptions, ecs: EcsCompatibility): boolean {
  const against = contradiction(options)
  if (options.data_stream === 'true') {
    if (against !== undefined) throw fail('plugin.options_exclude', { option: against, other: 'data_stream => true' })
    return true
  }
  if (options.data_stream === 'auto' && ecs !== 'disabled' && against === undefined) return true
  const own = OWN.find((name) => options[name] !== undefined)
  if (own !== undefined) throw fail('plugin.option_needs', { option: own, needed: 'data_stream => true' })
  return false
}

/** An option that a data stream cannot have, where one was given. */
function contradiction(options: ElasticsearchOptions): string | undefined {
  const given = [
    'index',
    'document_id',
    'document_type',
    'version',
    'version_type',
    'parent',
    'join_field',
    'template',
    'template_name',
    'ilm_policy',
    'ilm_pattern',
    'ilm_rollover_alias',
  ] as const
  const named = given.find((name) => options[name] !== undefined)
  if (named !== undefined) return named
  if (options.action !== 'index' && options.action !== 'create') return 'action'
  if (options.upsert !== '') return 'upsert'
  if (options.script !== '') return 'script'
  if (options.doc_as_upsert) return 'doc_as_upsert'
  if (options.scripted_upsert) return 'scripted_upsert'
  return options.manage_template ? undefined : 'manage_template'
}

/** Names the data stream of an event, and gives its document the fields that say so. */
export function dataStreamOf(options: ElasticsearchOptions): (event: Event) => { index: string; source: string } {
  const defaults: Record<Part, string> = {
    type: options.data_stream_type ?? 'logs',
    dataset: options.data_stream_dataset ?? 'generic',
    namespace: options.data_stream_namespace ?? 'default',
  }
  const routes = options.data_stream_auto_routing ?? true
  const sync = options.data_stream_sync_fields ?? true
  return (event) => {
    const given = event.data['data_stream']
    const own = isObject(given) ? given : undefined
    const parts = { ...defaults }
    if (routes && own !== undefined) {
      for (const part of PARTS) {
        const value = own[part]
        if (value !== undefined && value !== null) parts[part] = printValue(value)
      }
    }
    const index = `${parts.type}-${parts.dataset}-${parts.namespace}`
    return { index, source: sync ? synced(event, own, parts) : event.toJson() }
  }
}

function synced(event: Event, own: ValueObject | undefined, parts: Readonly<Record<Part, string>>): string {
  const fields = newObject()
  for (const name in own) fields[name] = own[name]!
  for (const part of PARTS) fields[part] = parts[part]
  const before = event.data['data_stream']
  // Other outputs have the same event.
  event.data['data_stream'] = fields
  const source = event.toJson()
  if (before === undefined) delete event.data['data_stream']
  else event.data['data_stream'] = before
  return source
}
