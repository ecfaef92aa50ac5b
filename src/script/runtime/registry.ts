import { ArrayValue } from './containers.ts'
import { className, compareValues, hashCode, javaEquals } from './equality.ts'
import { FUNCTIONAL_INTERFACES } from './functional-interfaces.ts'
import { FunctionValue, type ScriptValue } from './instance.ts'
import type { Dialect } from './machine.ts'
import * as bigDecimal from './classes/big-decimal.ts'
import * as bigInteger from './classes/big-integer.ts'
import * as bitSet from './classes/bit-set.ts'
import * as characters from './classes/characters.ts'
import * as collections from './classes/collections.ts'
import * as collectors from './classes/collectors.ts'
import * as dateFormat from './classes/date-format.ts'
import { defineClass, type ClassSpec, type Method } from './classes/define.ts'
import * as docValues from './classes/doc-values.ts'
import * as encoding from './classes/encoding.ts'
import * as functional from './classes/functional.ts'
import { withInterfaces } from './classes/interfaces.ts'
import * as iterable from './classes/iterable.ts'
import * as json from './classes/json.ts'
import * as joiner from './classes/joiner.ts'
import * as lists from './classes/lists.ts'
import * as maps from './classes/maps.ts'
import * as math from './classes/math.ts'
import * as movingFunctions from './classes/moving-functions.ts'
import * as numberFormat from './classes/number-format.ts'
import * as numeric from './classes/numeric.ts'
import * as patterns from './classes/patterns.ts'
import * as queues from './classes/queues.ts'
import * as random from './classes/random.ts'
import * as rounding from './classes/rounding.ts'
import * as statistics from './classes/statistics.ts'
import * as streams from './classes/streams.ts'
import * as stringBuilder from './classes/string-builder.ts'
import * as text from './classes/text.ts'
import * as throwables from './classes/throwables.ts'
import * as locale from './classes/locale.ts'
import * as timeAmounts from './classes/time-amounts.ts'
import * as timeEnums from './classes/time-enums.ts'
import * as timeFields from './classes/time-fields.ts'
import * as timeFormatters from './classes/time-formatters.ts'
import * as timeOffsets from './classes/time-offsets.ts'
import * as timeValues from './classes/time-values.ts'
import * as timeZones from './classes/time-zones.ts'
import * as time from './classes/time.ts'

const OBJECT = defineClass('java.lang.Object', {
  extends: [],
  methods: {
    'boolean equals(def)': (_m, self: ScriptValue, other: ScriptValue) => javaEquals(self, other),
    'int hashCode()': (_m, self: ScriptValue) => hashCode(self),
    'String toString()': (machine, self: ScriptValue) => machine.print(self),
  },
  groovy: {
    'boolean is(def)': (_m, self: ScriptValue, other: ScriptValue) => self === other,
    'def with(Function)': (_m, self: ScriptValue, fn: FunctionValue) => fn.call([self]),
    'String inspect()': (machine, self: ScriptValue) => (typeof self === 'string' ? `'${self}'` : machine.print(self)),
  },
})

const COMPARABLE = defineClass('java.lang.Comparable', {
  methods: {
    'int compareTo(def)': (_m, self: ScriptValue, other: ScriptValue) => Math.sign(compareValues(self, other)),
  },
})

const DEFINED = new Map<string, ClassSpec>(
  [
    OBJECT,
    COMPARABLE,
    bigDecimal,
    bigInteger,
    bitSet,
    characters,
    collections,
    collectors,
    dateFormat,
    docValues,
    encoding,
    functional,
    iterable,
    joiner,
    json,
    lists,
    maps,
    math,
    movingFunctions,
    numberFormat,
    numeric,
    patterns,
    queues,
    random,
    rounding,
    statistics,
    streams,
    stringBuilder,
    text,
    throwables,
    locale,
    time,
    timeAmounts,
    timeEnums,
    timeFields,
    timeFormatters,
    timeOffsets,
    timeValues,
    timeZones,
  ]
    .flatMap((module) => ('name' in module ? [module as ClassSpec] : Object.values(module as object)))
    .flat()
    .filter((value): value is ClassSpec => typeof value === 'object' && value !== null && 'constructors' in value)
    .map((spec) => [spec.name, spec]),
)

/** Every class a script can name or hold. */
const CLASSES: ReadonlyMap<string, ClassSpec> = withInterfaces(DEFINED)

/** Names a script may use for a type although no value has exactly that class. */
const ALIASES: Readonly<Record<string, string>> = {
  Object: 'java.lang.Object',
  'java.util.regex.Matcher': 'java.util.regex.Matcher',
  Closure: 'groovy.lang.Closure',
  Range: 'groovy.lang.Range',
  IntRange: 'groovy.lang.IntRange',
}

const SIMPLE = new Map<string, string>(Object.entries(ALIASES))
for (const name of CLASSES.keys()) {
  // Nested classes are written with their owner: Map.Entry.
  const simple = name.replace(/^(?:[a-z]\w*\.)+/, '')
  if (simple !== '' && simple !== 'array') SIMPLE.set(simple, name)
}
for (const name of FUNCTIONAL_INTERFACES.keys()) SIMPLE.set(simpleName(name), name)

/** Any of them is a function here. */
const FUNCTIONAL_NAMES = new Set([...FUNCTIONAL_INTERFACES.keys(), 'groovy.lang.Closure'])

/** The full name of a class on the allow-list; undefined for anything else. */
export function resolveType(name: string): string | undefined {
  return (
    SIMPLE.get(name) ?? (CLASSES.has(name) && name !== 'array' ? name : FUNCTIONAL_NAMES.has(name) ? name : undefined)
  )
}

export function classNamed(name: string): ClassSpec | undefined {
  return CLASSES.get(name)
}

export function simpleName(name: string): string {
  return name.replace(/^(?:[a-z]\w*\.)+/, '')
}

const lineages = new Map<string, readonly ClassSpec[]>()

/** A class and what it extends, nearest first. */
function lineage(name: string): readonly ClassSpec[] {
  const known = lineages.get(name)
  if (known !== undefined) return known
  const spec = CLASSES.get(name)
  const list: ClassSpec[] = spec === undefined ? [OBJECT] : [spec]
  for (const parent of spec?.supers ?? [])
    for (const entry of lineage(parent)) if (!list.includes(entry)) list.push(entry)
  // What every object has comes last.
  const ordered = [...list.filter((entry) => entry !== OBJECT), OBJECT]
  lineages.set(name, ordered)
  return ordered
}

export function typeOf(value: ScriptValue): string {
  return value instanceof ArrayValue ? 'array' : className(value)
}

/** Whether a class is, or extends, another; arrays and classes that are not known here are only themselves. */
export function isSubclass(name: string, parent: string): boolean {
  if (name.endsWith('[]') || parent.endsWith('[]')) return false
  if (CLASSES.get(parent) === undefined && !FUNCTIONAL_NAMES.has(parent)) return true
  return lineage(name).some((spec) => spec.name === parent || spec.supers.includes(parent))
}

/** `value instanceof type`, by a full or simple name. */
export function isInstance(value: ScriptValue, type: string): boolean {
  if (value === null) return false
  const full = SIMPLE.get(type) ?? type
  if (full === 'def' || full === 'java.lang.Object') return true
  if (value instanceof FunctionValue) return FUNCTIONAL_NAMES.has(full)
  if (full === 'groovy.lang.Range') return className(value) === 'groovy.lang.IntRange'
  if (full === 'java.util.List' && className(value) === 'groovy.lang.IntRange') return true
  if (full === 'java.lang.CharSequence' && typeof value === 'string') return true
  const own = typeOf(value)
  return own === full || lineage(own).some((spec) => spec.name === full || spec.supers.includes(full))
}

const found = new Map<string, readonly Method[]>()

/** The methods of that name that a value of a class has, nearest class first. */
export function methodsOf(type: string, name: string, dialect: Dialect): readonly Method[] {
  const key = `${dialect}\n${type}\n${name}`
  const known = found.get(key)
  if (known !== undefined) return known
  const list: Method[] = []
  for (const spec of lineage(type)) {
    const shared = spec.methods.get(name) ?? []
    const own = dialect === 'groovy' ? (spec.groovyMethods.get(name) ?? []) : []
    const replaced = new Set(own.map(({ params }) => params.join()))
    list.push(...shared.filter(({ params }) => !replaced.has(params.join())), ...own)
  }
  if (found.size < 20_000) found.set(key, list)
  return list
}

export function staticsOf(type: string, name: string, dialect: Dialect): readonly Method[] {
  const spec = CLASSES.get(type)
  const shared = spec?.statics.get(name) ?? []
  return dialect === 'groovy' ? [...(spec?.groovyStatics.get(name) ?? []), ...shared] : shared
}
