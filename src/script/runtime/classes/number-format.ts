import { Instance, raise, type ScriptValue } from '../instance.ts'
import {
  asDecimal,
  BigDecimal,
  JavaDouble,
  JavaFloat,
  JavaLong,
  numberKind,
  parseDecimal,
  precision,
} from '../numbers.ts'
import { defineClass, type Signatures } from './define.ts'
import { LocaleValue } from './locale.ts'
import { modeNamed, stripped, withScale } from './rounding.ts'
import type { EnumValue } from './time-enums.ts'

interface Symbols {
  readonly decimal: string
  readonly group: string
  readonly minus: string
}

const SYMBOLS = new Map<string, Symbols>()

function symbolsOf(tag: string): Symbols {
  let symbols = SYMBOLS.get(tag)
  if (symbols === undefined) {
    const parts = new Intl.NumberFormat(tag === '' ? 'en' : tag, { numberingSystem: 'latn' }).formatToParts(-1234567.8)
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? ''
    symbols = { decimal: part('decimal') || '.', group: part('group') || ',', minus: part('minusSign') || '-' }
    if (SYMBOLS.size < 100) SYMBOLS.set(tag, symbols)
  }
  return symbols
}

/** A `java.text.DecimalFormat`: what its pattern says, which setters change. */
class DecimalFormatValue extends Instance {
  readonly typeName = 'java.text.DecimalFormat'
  prefix = ''
  suffix = ''
  negativePrefix: string | undefined
  negativeSuffix: string | undefined
  grouping = 0
  minimumInteger = 0
  maximumInteger = Number.MAX_SAFE_INTEGER
  minimumFraction = 0
  maximumFraction = 0
  multiplier = 0
  /** Digits of the exponent; 0 is no scientific notation. */
  exponent = 0
  mode: EnumValue = modeNamed('HALF_EVEN')
  symbols: Symbols
  parseInteger = false

  constructor(pattern: string, tag: string) {
    super()
    this.symbols = symbolsOf(tag)
    this.apply(pattern)
  }

  /** @throws IllegalArgumentException for a pattern that means nothing */
  apply(pattern: string): void {
    const [positive = '', negative] = splitPattern(pattern)
    const match = /^((?:'[^']*'|[^'#0,.])*)([#0,.]*)(E0+)?((?:'[^']*'|[^'#0])*)$/.exec(positive)
    if (match === null) throw raise('IllegalArgumentException', `Malformed pattern "${pattern}"`)
    const [, prefix = '', body = '', exponent = '', suffix = ''] = match
    const [whole = '', fraction = '', more] = body.split('.')
    if (more !== undefined || !/^[#,]*[0,]*$/.test(whole) || !/^0*#*$/.test(fraction))
      throw raise('IllegalArgumentException', `Malformed pattern "${pattern}"`)
    const digits = whole.replaceAll(',', '')
    this.grouping = whole.includes(',') ? whole.length - whole.lastIndexOf(',') - 1 : 0
    this.minimumInteger = digits.replaceAll('#', '').length
    this.maximumInteger = exponent === '' ? Number.MAX_SAFE_INTEGER : digits.length
    this.minimumFraction = fraction.replaceAll('#', '').length
    this.maximumFraction = fraction.length
    // A pattern without a zero has one before its point, or where nothing stands there, behind it.
    if (!body.includes('0') && body.includes('.')) {
      if (digits === '') this.minimumFraction = 1
      else this.minimumInteger = 1
    }
    this.exponent = exponent === '' ? 0 : exponent.length - 1
    const affixes = prefix + suffix
    this.multiplier = affixes.includes('%') ? 2 : affixes.includes('‰') ? 3 : 0
    this.prefix = plainAffix(prefix, this.symbols)
    this.suffix = plainAffix(suffix, this.symbols)
    if (negative === undefined) return
    const affix = /^((?:'[^']*'|[^'#0,.])*)[#0,.]*((?:'[^']*'|[^'#0])*)$/.exec(negative)
    this.negativePrefix = plainAffix(affix?.[1] ?? '', this.symbols)
    this.negativeSuffix = plainAffix(affix?.[2] ?? '', this.symbols)
  }

  format(value: ScriptValue): string {
    const kind = numberKind(value)
    if (kind === undefined) throw raise('IllegalArgumentException', 'Cannot format given Object as a Number')
    if ((value instanceof JavaDouble || value instanceof JavaFloat) && !Number.isFinite(value.value))
      return Number.isNaN(value.value) ? 'NaN' : `${value.value < 0 ? '-' : ''}${this.prefix}∞${this.suffix}`
    const shortest = asDecimal(value)
    // What lies half way by its shortest digits mostly does not by all of them.
    const isLong = value instanceof JavaDouble && shortest.scale - this.multiplier > this.maximumFraction
    const given = isLong && this.exponent === 0 ? exactDecimal(value.value) : shortest
    const scaled = new BigDecimal(given.unscaled, given.scale - this.multiplier)
    const negative =
      scaled.unscaled < 0n ||
      ((value instanceof JavaDouble || value instanceof JavaFloat) && Object.is(value.value, -0))
    const positive = new BigDecimal(scaled.unscaled < 0n ? -scaled.unscaled : scaled.unscaled, scaled.scale)
    const text = this.exponent > 0 ? this.scientific(positive) : this.plain(positive, negative)
    if (!negative) return this.prefix + text + this.suffix
    return this.negativePrefix === undefined
      ? `${this.symbols.minus}${this.prefix}${text}${this.suffix}`
      : this.negativePrefix + text + (this.negativeSuffix ?? '')
  }

  private plain(value: BigDecimal, negative: boolean): string {
    // The mode is of the signed number.
    const signed = new BigDecimal(negative ? -value.unscaled : value.unscaled, value.scale)
    const scale = Math.min(this.maximumFraction, Math.max(0, signed.scale))
    const rounded = withScale(signed, Math.max(scale, 0), this.mode.name)
    const shown = stripped(
      new BigDecimal(rounded.unscaled < 0n ? -rounded.unscaled : rounded.unscaled, rounded.scale),
      this.minimumFraction,
    )
    const fractionDigits = Math.max(this.minimumFraction, shown.unscaled === 0n ? 0 : shown.scale)
    const digits = String(withScale(shown, fractionDigits, 'DOWN').unscaled).padStart(fractionDigits + 1, '0')
    let whole = fractionDigits === 0 ? digits : digits.slice(0, -fractionDigits)
    const fraction = fractionDigits === 0 ? '' : digits.slice(-fractionDigits)
    whole = whole.replace(/^0+/, '').padStart(this.minimumInteger, '0').slice(-Math.min(this.maximumInteger, 1000))
    if (whole === '' && fraction === '') whole = '0'
    return this.grouped(whole) + (fraction === '' ? '' : this.symbols.decimal + fraction)
  }

  private grouped(whole: string): string {
    if (this.grouping === 0) return whole
    return whole.replace(new RegExp(`\\B(?=(?:\\d{${this.grouping}})+$)`, 'g'), this.symbols.group)
  }

  private scientific(value: BigDecimal): string {
    let power = value.unscaled === 0n ? 0 : precision(value) - value.scale - 1
    const repeat = this.maximumInteger
    let integers = this.minimumInteger
    if (repeat > 1 && repeat > this.minimumInteger) {
      // The exponent is a multiple of the digits before the point.
      const multiple = Math.floor(power / repeat) * repeat
      integers = power - multiple + 1
      power = multiple
    } else power -= Math.max(1, this.minimumInteger) - 1
    const mantissa = new BigDecimal(value.unscaled, value.scale + power)
    const aligned = repeat > 1 && repeat > this.minimumInteger
    const digits = repeat + this.maximumFraction - (aligned ? integers : Math.max(1, this.minimumInteger))
    const rounded = stripped(
      withScale(mantissa, Math.min(Math.max(digits, 0), Math.max(mantissa.scale, 0)), this.mode.name),
      this.minimumFraction,
    )
    const scale = Math.max(this.minimumFraction, rounded.unscaled === 0n ? 0 : rounded.scale)
    const text = String(withScale(rounded, scale, 'DOWN').unscaled).padStart(scale + 1, '0')
    const fraction = scale === 0 ? '' : this.symbols.decimal + text.slice(-scale)
    const whole = scale === 0 ? text : text.slice(0, -scale)
    return `${whole}${fraction}E${power < 0 ? '-' : ''}${String(Math.abs(power)).padStart(this.exponent, '0')}`
  }

  parse(text: string): ScriptValue {
    const { decimal, group, minus } = this.symbols
    const negative = text.startsWith(minus)
    const prefix = (negative ? minus : '') + this.prefix
    const rest = text.startsWith(prefix) ? text.slice(prefix.length) : undefined
    const match = rest === undefined ? null : /^[\d.,  '’]*(?:E[+-]?\d+)?/.exec(rest)
    const digits = (match?.[0] ?? '')
      .split(group)
      .join('')
      .replace(decimal, '.')
      .replace(/[^\d.E+-].*$/, '')
    const value = digits === '' ? undefined : parseDecimal(digits.replace(/\.$/, ''))
    if (value === undefined) throw raise('java.text.ParseException', `Unparseable number: "${text}"`)
    const signed = new BigDecimal(negative ? -value.unscaled : value.unscaled, value.scale + this.multiplier)
    const whole = stripped(signed)
    if (this.parseInteger) return new JavaLong(withScale(signed, 0, 'DOWN').unscaled)
    return whole.scale <= 0 && precision(whole) < 19 ? new JavaLong(withScale(whole, 0, 'DOWN').unscaled) : new JavaDouble(Number(`${signed.unscaled}e${-signed.scale}`)) // prettier-ignore
  }
}

/** All the digits of a double. */
function exactDecimal(value: number): BigDecimal {
  let [whole, scale] = [value, 0]
  // A fraction in base two ends after at most 1,074 digits.
  while (!Number.isInteger(whole) && scale < 1100) {
    whole *= 2
    scale++
  }
  return new BigDecimal(BigInt(whole) * 5n ** BigInt(scale), scale)
}

function splitPattern(pattern: string): string[] {
  return pattern.match(/(?:'[^']*'|[^';])+/g) ?? ['']
}

function plainAffix(affix: string, symbols: Symbols): string {
  return affix.replace(/'([^']*)'|-/g, (_all, quoted: string | undefined) =>
    quoted === undefined ? symbols.minus : quoted === '' ? "'" : quoted,
  )
}

const FORMATS: Readonly<Record<string, (locale: string) => DecimalFormatValue>> = {
  Instance: (locale) => new DecimalFormatValue('#,##0.###', locale),
  NumberInstance: (locale) => new DecimalFormatValue('#,##0.###', locale),
  PercentInstance: (locale) => new DecimalFormatValue('#,##0%', locale),
  IntegerInstance: (locale) => {
    const format = new DecimalFormatValue('#,##0', locale)
    format.parseInteger = true
    return format
  },
}

const INSTANCES: Signatures = Object.fromEntries(
  Object.entries(FORMATS).flatMap(([name, make]) => [
    [`NumberFormat get${name}()`, () => make('en')],
    [`NumberFormat get${name}(Locale)`, (_m: unknown, _s: null, locale: LocaleValue) => make(locale.tag)],
  ]),
)

const METHODS: Signatures = {
  'String format(def)': (machine, f: DecimalFormatValue, value: ScriptValue) => {
    const text = f.format(value)
    machine.budget.allocate(text.length)
    return text
  },
  'def parse(String)': (_m, f: DecimalFormatValue, text: string) => f.parse(text),
  'void setMinimumFractionDigits(int)': (_m, f: DecimalFormatValue, n: number) => {
    f.minimumFraction = Math.min(Math.max(0, n), 340)
    f.maximumFraction = Math.max(f.maximumFraction, f.minimumFraction)
  },
  'void setMaximumFractionDigits(int)': (_m, f: DecimalFormatValue, n: number) => {
    f.maximumFraction = Math.min(Math.max(0, n), 340)
    f.minimumFraction = Math.min(f.minimumFraction, f.maximumFraction)
  },
  'void setMinimumIntegerDigits(int)': (_m, f: DecimalFormatValue, n: number) => {
    f.minimumInteger = Math.min(Math.max(0, n), 309)
  },
  'void setMaximumIntegerDigits(int)': (_m, f: DecimalFormatValue, n: number) => {
    f.maximumInteger = Math.max(0, n)
    f.minimumInteger = Math.min(f.minimumInteger, f.maximumInteger)
  },
  'void setGroupingUsed(boolean)': (_m, f: DecimalFormatValue, used: boolean) => {
    f.grouping = used ? f.grouping || 3 : 0
  },
  'void setRoundingMode(RoundingMode)': (_m, f: DecimalFormatValue, mode: EnumValue) => {
    f.mode = mode
  },
  'void setParseIntegerOnly(boolean)': (_m, f: DecimalFormatValue, only: boolean) => {
    f.parseInteger = only
  },
  'RoundingMode getRoundingMode()': (_m, f: DecimalFormatValue) => f.mode,
  'boolean isGroupingUsed()': (_m, f: DecimalFormatValue) => f.grouping > 0,
  'int getMinimumFractionDigits()': (_m, f: DecimalFormatValue) => f.minimumFraction,
  'int getMaximumFractionDigits()': (_m, f: DecimalFormatValue) => f.maximumFraction,
  'int getMinimumIntegerDigits()': (_m, f: DecimalFormatValue) => f.minimumInteger,
}

class SymbolsValue extends Instance {
  readonly typeName = 'java.text.DecimalFormatSymbols'
  symbols: Symbols

  constructor(tag: string) {
    super()
    this.symbols = symbolsOf(tag)
  }
}

const char = (text: string): number => text.charCodeAt(0)

export const NUMBER_FORMAT = defineClass('java.text.NumberFormat', { static: INSTANCES, methods: METHODS })

export const DECIMAL_FORMAT = defineClass('java.text.DecimalFormat', {
  extends: ['java.text.NumberFormat', 'java.lang.Object'],
  new: {
    'DecimalFormat()': () => new DecimalFormatValue('#,##0.###', 'en'),
    'DecimalFormat(String)': (_m, _s, pattern: string) => new DecimalFormatValue(pattern, 'en'),
    'DecimalFormat(String,DecimalFormatSymbols)': (_m, _s, pattern: string, given: SymbolsValue) => {
      const format = new DecimalFormatValue(pattern, 'en')
      format.symbols = given.symbols
      return format
    },
  },
  static: INSTANCES,
  methods: {
    ...METHODS,
    'void applyPattern(String)': (_m, f: DecimalFormatValue, pattern: string) => f.apply(pattern),
    'void setDecimalFormatSymbols(DecimalFormatSymbols)': (_m, f: DecimalFormatValue, given: SymbolsValue) => {
      f.symbols = given.symbols
    },
    'void setGroupingSize(int)': (_m, f: DecimalFormatValue, n: number) => {
      f.grouping = Math.max(0, n)
    },
    'int getGroupingSize()': (_m, f: DecimalFormatValue) => f.grouping,
    'void setPositivePrefix(String)': (_m, f: DecimalFormatValue, text: string) => {
      f.prefix = text
    },
    'void setPositiveSuffix(String)': (_m, f: DecimalFormatValue, text: string) => {
      f.suffix = text
    },
    'void setNegativePrefix(String)': (_m, f: DecimalFormatValue, text: string) => {
      f.negativePrefix = text
    },
    'void setNegativeSuffix(String)': (_m, f: DecimalFormatValue, text: string) => {
      f.negativeSuffix = text
    },
  },
})

export const DECIMAL_FORMAT_SYMBOLS = defineClass('java.text.DecimalFormatSymbols', {
  new: {
    'DecimalFormatSymbols()': () => new SymbolsValue('en'),
    'DecimalFormatSymbols(Locale)': (_m, _s, locale: LocaleValue) => new SymbolsValue(locale.tag),
  },
  static: {
    'DecimalFormatSymbols getInstance()': () => new SymbolsValue('en'),
    'DecimalFormatSymbols getInstance(Locale)': (_m, _s, locale: LocaleValue) => new SymbolsValue(locale.tag),
  },
  methods: {
    'char getDecimalSeparator()': (_m, s: SymbolsValue) => char(s.symbols.decimal),
    'char getGroupingSeparator()': (_m, s: SymbolsValue) => char(s.symbols.group),
    'char getMinusSign()': (_m, s: SymbolsValue) => char(s.symbols.minus),
    'void setDecimalSeparator(char)': (_m, s: SymbolsValue, c: number) => {
      s.symbols = { ...s.symbols, decimal: String.fromCharCode(c) }
    },
    'void setGroupingSeparator(char)': (_m, s: SymbolsValue, c: number) => {
      s.symbols = { ...s.symbols, group: String.fromCharCode(c) }
    },
    'void setMinusSign(char)': (_m, s: SymbolsValue, c: number) => {
      s.symbols = { ...s.symbols, minus: String.fromCharCode(c) }
    },
  },
})
