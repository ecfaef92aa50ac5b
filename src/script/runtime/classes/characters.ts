import { JavaByte, JavaChar } from '../numbers.ts'
import { defineClass } from './define.ts'
import { charArray } from './text.ts'

const isLetter = (code: number): boolean => /\p{L}/u.test(String.fromCodePoint(code))
const isDigit = (code: number): boolean => /\p{Nd}/u.test(String.fromCodePoint(code))

/** Unicode's categories by Java's names and numbers. */
const CATEGORIES: readonly (readonly [name: string, number: number, category: string])[] = [
  ['UNASSIGNED', 0, 'Cn'], ['UPPERCASE_LETTER', 1, 'Lu'], ['LOWERCASE_LETTER', 2, 'Ll'], ['TITLECASE_LETTER', 3, 'Lt'],
  ['MODIFIER_LETTER', 4, 'Lm'], ['OTHER_LETTER', 5, 'Lo'], ['NON_SPACING_MARK', 6, 'Mn'], ['ENCLOSING_MARK', 7, 'Me'],
  ['COMBINING_SPACING_MARK', 8, 'Mc'], ['DECIMAL_DIGIT_NUMBER', 9, 'Nd'], ['LETTER_NUMBER', 10, 'Nl'],
  ['OTHER_NUMBER', 11, 'No'], ['SPACE_SEPARATOR', 12, 'Zs'], ['LINE_SEPARATOR', 13, 'Zl'],
  ['PARAGRAPH_SEPARATOR', 14, 'Zp'], ['CONTROL', 15, 'Cc'], ['FORMAT', 16, 'Cf'], ['PRIVATE_USE', 18, 'Co'],
  ['SURROGATE', 19, 'Cs'], ['DASH_PUNCTUATION', 20, 'Pd'], ['START_PUNCTUATION', 21, 'Ps'], ['END_PUNCTUATION', 22, 'Pe'],
  ['CONNECTOR_PUNCTUATION', 23, 'Pc'], ['OTHER_PUNCTUATION', 24, 'Po'], ['MATH_SYMBOL', 25, 'Sm'],
  ['CURRENCY_SYMBOL', 26, 'Sc'], ['MODIFIER_SYMBOL', 27, 'Sk'], ['OTHER_SYMBOL', 28, 'So'],
  ['INITIAL_QUOTE_PUNCTUATION', 29, 'Pi'], ['FINAL_QUOTE_PUNCTUATION', 30, 'Pf'],
] // prettier-ignore

function category(code: number): number {
  const text = String.fromCodePoint(code)
  return CATEGORIES.find(([, , name]) => new RegExp(`\\p{${name}}`, 'u').test(text))?.[1] ?? 0
}

export const CHARACTER = defineClass('java.lang.Character', {
  extends: ['java.lang.Comparable', 'java.lang.Object'],
  fields: {
    MAX_VALUE: new JavaChar(0xffff),
    MIN_VALUE: new JavaChar(0),
    MIN_RADIX: 2,
    MAX_RADIX: 36,
    MAX_CODE_POINT: 0x10ffff,
    MIN_CODE_POINT: 0,
    ...Object.fromEntries(CATEGORIES.map(([name, number]) => [name, new JavaByte(number)])),
  },
  static: {
    'boolean isDigit(int)': (_m, _s, c: number) => isDigit(c),
    'boolean isLetter(int)': (_m, _s, c: number) => isLetter(c),
    'boolean isAlphabetic(int)': (_m, _s, c: number) => isLetter(c),
    'boolean isLetterOrDigit(int)': (_m, _s, c: number) => isLetter(c) || isDigit(c),
    'boolean isLowerCase(int)': (_m, _s, c: number) => /\p{Ll}/u.test(String.fromCodePoint(c)),
    'boolean isUpperCase(int)': (_m, _s, c: number) => /\p{Lu}/u.test(String.fromCodePoint(c)),
    'boolean isWhitespace(int)': (_m, _s, c: number) =>
      ((c >= 0x1c && c <= 0x1f) || /\s/.test(String.fromCodePoint(c))) && c !== 0xa0,
    'boolean isSpaceChar(int)': (_m, _s, c: number) => /[\p{Zs}\p{Zl}\p{Zp}]/u.test(String.fromCodePoint(c)),
    'char toLowerCase(char)': (_m, _s, c: number) => String.fromCharCode(c).toLowerCase().charCodeAt(0),
    'char toUpperCase(char)': (_m, _s, c: number) => String.fromCharCode(c).toUpperCase().charCodeAt(0),
    'int getNumericValue(int)': (_m, _s, c: number) => {
      const digit = Number.parseInt(String.fromCodePoint(c), 36)
      return Number.isNaN(digit) ? -1 : digit
    },
    'int digit(int,int)': (_m, _s, c: number, radix: number) => {
      const digit = Number.parseInt(String.fromCodePoint(c), 36)
      return Number.isNaN(digit) || digit >= radix ? -1 : digit
    },
    'Character valueOf(char)': (_m, _s, c: number) => c,
    'char forDigit(int,int)': (_m, _s, digit: number, radix: number) =>
      radix < 2 || radix > 36 || digit < 0 || digit >= radix ? 0 : digit.toString(radix).charCodeAt(0),
    'array toChars(int)': (machine, _s, c: number) => charArray(machine, String.fromCodePoint(c)),
    'int charCount(int)': (_m, _s, c: number) => (c >= 0x10000 ? 2 : 1),
    'int getType(int)': (_m, _s, c: number) => category(c),
    'boolean isTitleCase(int)': (_m, _s, c: number) => /\p{Lt}/u.test(String.fromCodePoint(c)),
    'boolean isDefined(int)': (_m, _s, c: number) => !/\p{Cn}/u.test(String.fromCodePoint(c)),
    'boolean isISOControl(int)': (_m, _s, c: number) => c <= 0x1f || (c >= 0x7f && c <= 0x9f),
    'boolean isHighSurrogate(char)': (_m, _s, c: number) => c >= 0xd800 && c <= 0xdbff,
    'boolean isLowSurrogate(char)': (_m, _s, c: number) => c >= 0xdc00 && c <= 0xdfff,
    'boolean isSurrogate(char)': (_m, _s, c: number) => c >= 0xd800 && c <= 0xdfff,
    'int hashCode(char)': (_m, _s, c: number) => c,
    'char reverseBytes(char)': (_m, _s, c: number) => ((c & 0xff) << 8) | (c >> 8),
    'String getName(int)': (_m, _s, c: number) => `U+${c.toString(16).toUpperCase().padStart(4, '0')}`,
    'String toString(char)': (_m, _s, c: number) => String.fromCharCode(c),
    'int compare(char,char)': (_m, _s, a: number, b: number) => a - b,
  },
  methods: {
    'char charValue()': (_m, c: JavaChar) => c.value,
    'int compareTo(char)': (_m, c: JavaChar, other: number) => c.value - other,
    'int hashCode()': (_m, c: JavaChar) => c.value,
  },
})
