import { Double, Timestamp, type Value } from '../../event/index.ts'
import type { DocField, DocLookup } from '../doc-lookup.ts'
import { ListValue, MapValue } from './containers.ts'
import { KEYS } from './equality.ts'
import { raise, type ScriptValue } from './instance.ts'
import { JavaDouble, JavaLong } from './numbers.ts'
import { Temporal } from './temporal.ts'

/** `doc`: a map by field names that refuses what is not mapped, as Elasticsearch's LeafDocLookup does. */
export class DocMap extends MapValue {
  readonly #lookup: DocLookup
  readonly #known = new Map<string, DocValuesList>()

  constructor(lookup: DocLookup) {
    super(KEYS, 'linked', true)
    this.#lookup = lookup
  }

  override has(key: ScriptValue): boolean {
    return typeof key === 'string' && this.#lookup.has(key)
  }

  override get(key: ScriptValue): ScriptValue | undefined {
    const name = String(key)
    let list = this.#known.get(name)
    if (list === undefined) {
      const field = this.#lookup.get(name)
      if (field === undefined) throw raise('IllegalArgumentException', `No field found for [${name}] in mapping`)
      this.#known.set(name, (list = new DocValuesList(field)))
    }
    return list
  }
}

/** `doc['field']`: a list that cannot be changed, with `value` and `empty`. */
export class DocValuesList extends ListValue {
  constructor(field: DocField) {
    super(
      () => field.values.map((value) => scriptValue(value, field.type)),
      'org.elasticsearch.index.fielddata.ScriptDocValues',
      true,
    )
  }
}

function scriptValue(value: Value, type: DocField['type']): ScriptValue {
  if (type === 'long') return new JavaLong(BigInt(value as number | bigint))
  if (type === 'double') return new JavaDouble(value instanceof Double ? value.value : Number(value))
  if (value instanceof Timestamp) return new Temporal('java.time.ZonedDateTime', BigInt(value.micros) * 1000n)
  return value as string | boolean
}
