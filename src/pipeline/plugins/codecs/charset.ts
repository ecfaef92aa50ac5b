import { isAscii, isUtf8 } from 'node:buffer'
import { type as types, option, type OptionType, type Raw } from '../../../settings/index.ts'

/** Bytes to text. It never throws: bytes that are no text are shown, not lost. */
export interface Converter {
  /** True where text can be split at a line's end after the conversion as well as before it. */
  readonly utf8: boolean
  text(bytes: Buffer): string
}

/** Names as Ruby knows them, which WHATWG's labels lack. */
const RUBY_NAMES: Readonly<Record<string, string>> = {
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp1253: 'windows-1253',
  cp1254: 'windows-1254',
  cp1255: 'windows-1255',
  cp1256: 'windows-1256',
  cp1257: 'windows-1257',
  cp1258: 'windows-1258',
  cp866: 'ibm866',
  cp874: 'windows-874',
  'windows-31j': 'shift_jis',
  cp932: 'shift_jis',
  'eucjp-ms': 'euc-jp',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  'utf-16': 'utf-16le',
}

export const UTF8: Converter = {
  utf8: true,
  text: (bytes) =>
    isAscii(bytes) ? bytes.toString('latin1') : isUtf8(bytes) ? bytes.toString('utf8') : escapeInvalidUtf8(bytes),
}

const LATIN1: Converter = { utf8: false, text: (bytes) => bytes.toString('latin1') }

// Bytes past 127 have no meaning in these: each becomes the replacement character, as Ruby's encode does.
const ASCII: Converter = {
  utf8: false,
  text: (bytes) => bytes.toString('latin1').replace(/[\x80-\xff]/g, '\ufffd'),
}

// Node.js 20 decodes windows-1252 as ISO-8859-1, so its 32 characters of difference are here.
const CP1252_HIGH =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178'

const CP1252: Converter = {
  utf8: false,
  text: (bytes) => bytes.toString('latin1').replace(/[\x80-\x9f]/g, (c) => CP1252_HIGH[c.charCodeAt(0) - 0x80]!),
}

function converterFor(name: string): Converter | undefined {
  const lower = name.toLowerCase()
  if (lower === 'utf-8' || lower === 'utf8' || lower === 'cp65001') return UTF8
  if (lower === 'iso-8859-1' || lower === 'iso8859-1') return LATIN1
  if (lower === 'cp1252' || lower === 'windows-1252') return CP1252
  if (['us-ascii', 'ascii', 'ansi_x3.4-1968', '646', 'ascii-8bit', 'binary'].includes(lower)) return ASCII
  try {
    const decoder = new TextDecoder(RUBY_NAMES[lower] ?? lower.replace(/^iso8859/, 'iso-8859'), { ignoreBOM: true })
    return { utf8: false, text: (bytes) => decoder.decode(bytes) }
  } catch {
    return undefined
  }
}

const charsetType: OptionType<Converter> = {
  name: 'character set',
  read(raw: Raw) {
    const converter = typeof raw === 'string' ? converterFor(raw) : undefined
    return converter === undefined
      ? types.no('a character set this Node.js knows, such as "UTF-8", "ISO-8859-1" or "CP1252"')
      : types.ok(converter)
  },
}

/** The `charset` option of the text codecs. */
export const charset = option(charsetType, {
  describe: 'The character set of the bytes that come in.',
  default: UTF8,
})

const ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  34: '\\"',
  92: '\\\\',
  127: '\\x7F',
}

/**
 * What Logstash makes of a line that is not valid UTF-8: Ruby's `String#inspect` without its quotes. Each byte that
 * starts no character becomes `\xE9`; control characters, quotes and backslashes are escaped.
 */
export function escapeInvalidUtf8(bytes: Buffer): string {
  const parts: string[] = []
  let i = 0
  while (i < bytes.length) {
    const size = characterSize(bytes, i)
    const byte = bytes[i]!
    if (size === 0) {
      parts.push(`\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      i++
      continue
    }
    if (size > 1) parts.push(bytes.toString('utf8', i, i + size))
    else if (ESCAPES[byte] !== undefined) parts.push(ESCAPES[byte])
    else if (byte < 32) parts.push(`\\u${byte.toString(16).toUpperCase().padStart(4, '0')}`)
    else if (byte === 35 && (bytes[i + 1] === 123 || bytes[i + 1] === 36 || bytes[i + 1] === 64)) parts.push('\\#')
    else parts.push(String.fromCharCode(byte))
    i += size
  }
  return parts.join('')
}

/** Bytes of the UTF-8 character at `at`, 0 where there is none (RFC 3629, table of well-formed sequences). */
function characterSize(bytes: Buffer, at: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (at + size > bytes.length) return 0
  const second = bytes[at + 1]!
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > high) return 0
  for (let i = 2; i < size; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0
  return size
}
