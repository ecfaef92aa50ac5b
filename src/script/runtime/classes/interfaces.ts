import { defineClass, type ClassSpec } from './define.ts'

interface Interface {
  readonly extends?: readonly string[]
  /** The classes that have it; the first of them gives its methods. */
  readonly of: readonly string[]
  /** The names of its methods; all of the class's own where there is no list. */
  readonly has?: string
}

const util = (...names: string[]): string[] => names.map((name) => `java.util.${name}`)
const time = (...names: string[]): string[] => names.map((name) => `java.time.${name}`)

const COLLECTION = util('Collection')
const DATE_TIMES = time('ZonedDateTime', 'LocalDate', 'LocalDateTime', 'LocalTime', 'Instant', 'OffsetDateTime', 'OffsetTime', 'Year', 'YearMonth') // prettier-ignore
const ACCESSOR = 'get getLong isSupported query range'

/** Types that a script can name and no value has exactly. */
const INTERFACES: Readonly<Record<string, Interface>> = {
  'java.util.Queue': {
    extends: COLLECTION,
    of: util('ArrayDeque', 'LinkedList', 'PriorityQueue'),
    has: 'element offer peek poll remove',
  },
  'java.util.Deque': { extends: util('Queue', 'Collection'), of: util('ArrayDeque', 'LinkedList') },
  'java.util.SortedMap': {
    extends: util('Map'),
    of: util('TreeMap'),
    has: 'comparator firstKey lastKey headMap tailMap subMap',
  },
  'java.util.NavigableMap': { extends: util('SortedMap', 'Map'), of: util('TreeMap') },
  'java.util.SortedSet': {
    extends: util('Set', 'Collection'),
    of: util('TreeSet'),
    has: 'comparator first last headSet tailSet subSet',
  },
  'java.util.NavigableSet': { extends: util('SortedSet', 'Set', 'Collection'), of: util('TreeSet') },
  'java.util.AbstractCollection': { extends: COLLECTION, of: util('ArrayList', 'LinkedList', 'Vector', 'HashSet', 'LinkedHashSet', 'TreeSet', 'ArrayDeque', 'PriorityQueue'), has: '' }, // prettier-ignore
  'java.util.AbstractList': { extends: util('List'), of: util('ArrayList', 'LinkedList', 'Vector'), has: '' },
  'java.util.AbstractSequentialList': { extends: util('List'), of: util('LinkedList'), has: '' },
  'java.util.AbstractSet': { extends: util('Set'), of: util('HashSet', 'LinkedHashSet', 'TreeSet'), has: '' },
  'java.util.AbstractQueue': { extends: util('Queue', 'Collection'), of: util('PriorityQueue'), has: '' },
  'java.util.AbstractMap': { extends: util('Map'), of: util('HashMap', 'LinkedHashMap', 'TreeMap'), has: '' },
  'java.util.RandomAccess': { of: util('ArrayList', 'Vector'), has: '' },
  'java.util.stream.BaseStream': {
    of: ['Stream', 'IntStream', 'LongStream', 'DoubleStream'].map((name) => `java.util.stream.${name}`),
    has: 'close isParallel iterator sequential unordered',
  },
  'java.time.temporal.TemporalAccessor': {
    of: [...DATE_TIMES, ...time('DayOfWeek', 'Month', 'MonthDay', 'ZoneOffset')],
    has: ACCESSOR,
  },
  'java.time.temporal.Temporal': {
    extends: time('temporal.TemporalAccessor'),
    of: DATE_TIMES,
    has: `${ACCESSOR} minus plus until with`,
  },
  'java.time.temporal.TemporalAdjuster': {
    of: [...DATE_TIMES, ...time('DayOfWeek', 'Month', 'MonthDay', 'ZoneOffset')],
    has: 'adjustInto',
  },
  'java.time.temporal.TemporalAmount': { of: time('Duration', 'Period'), has: 'addTo get getUnits subtractFrom' },
  'java.time.temporal.TemporalUnit': { of: time('temporal.ChronoUnit'), has: 'addTo between getDuration isDateBased isTimeBased isDurationEstimated' }, // prettier-ignore
  'java.time.temporal.TemporalField': { of: time('temporal.ChronoField'), has: 'getBaseUnit getRangeUnit isDateBased isTimeBased range' }, // prettier-ignore
  'java.time.chrono.ChronoPeriod': { extends: time('temporal.TemporalAmount'), of: time('Period') },
  'java.time.chrono.ChronoLocalDate': { of: time('LocalDate') },
  'java.time.chrono.ChronoLocalDateTime': { of: time('LocalDateTime') },
  'java.time.chrono.ChronoZonedDateTime': { of: time('ZonedDateTime') },
}

/** The interfaces, and the classes with them among what they extend. */
export function withInterfaces(classes: ReadonlyMap<string, ClassSpec>): Map<string, ClassSpec> {
  const all = new Map(classes)
  for (const [name, { extends: parents = [], of, has }] of Object.entries(INTERFACES)) {
    const names = has?.split(' ')
    const own = classes.get(of[0]!)!.methods
    const methods = new Map([...own].filter(([method]) => names?.includes(method) ?? true))
    all.set(name, { ...defineClass(name, { extends: [...parents, 'java.lang.Object'] }), methods })
    for (const implementor of of) {
      const spec = all.get(implementor)!
      all.set(implementor, { ...spec, supers: [...spec.supers, name] })
    }
  }
  return all
}
