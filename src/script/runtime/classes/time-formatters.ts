import { raise, type ScriptValue } from '../instance.ts'
import { Temporal } from '../temporal.ts'
import { defineClass } from './define.ts'
import { LocaleValue } from './locale.ts'
import { enumClass } from './time-enums.ts'
import { format, FormatterValue, ISO_PATTERNS, parseBest } from './time-text.ts'
import { ZoneValue } from './time-values.ts'

export const TEXT_STYLE = enumClass('java.time.format.TextStyle', [
  'FULL', 'FULL_STANDALONE', 'SHORT', 'SHORT_STANDALONE', 'NARROW', 'NARROW_STANDALONE',
]).spec // prettier-ignore

export const FORMAT_STYLE = enumClass('java.time.format.FormatStyle', ['FULL', 'LONG', 'MEDIUM', 'SHORT']).spec
export const RESOLVER_STYLE = enumClass('java.time.format.ResolverStyle', ['STRICT', 'SMART', 'LENIENT']).spec

export const DATE_TIME_FORMATTER = defineClass('java.time.format.DateTimeFormatter', {
  fields: Object.fromEntries(
    Object.entries(ISO_PATTERNS).map(([name, pattern]) => [
      name,
      new FormatterValue(pattern, name === 'RFC_1123_DATE_TIME' ? 'Z' : undefined),
    ]),
  ),
  static: {
    'DateTimeFormatter ofPattern(String)': (_m, _s, pattern: string) => new FormatterValue(pattern),
    'DateTimeFormatter ofPattern(String,Locale)': (_m, _s, pattern: string, locale: LocaleValue) =>
      new FormatterValue(pattern, undefined, locale.tag),
  },
  methods: {
    'String format(def)': (machine, f: FormatterValue, t: ScriptValue) => {
      if (!(t instanceof Temporal)) throw raise('ClassCastException')
      const text = format(t, f)
      machine.budget.allocate(text.length)
      return text
    },
    'def parse(CharSequence)': (_m, f: FormatterValue, text: string) => parseBest(text, f),
    'DateTimeFormatter withZone(ZoneId)': (_m, f: FormatterValue, z: ZoneValue) =>
      new FormatterValue(f.text, z.text, f.style.locale),
    'DateTimeFormatter withLocale(Locale)': (_m, f: FormatterValue, locale: LocaleValue) =>
      new FormatterValue(f.text, f.zone, locale.tag),
    'ZoneId getZone()': (_m, f: FormatterValue) => (f.zone === undefined ? null : new ZoneValue(f.zone)),
    'Locale getLocale()': (_m, f: FormatterValue) => new LocaleValue(f.style.locale),
  },
})
