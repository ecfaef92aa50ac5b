/**
 * Perl's expressions (PCRE, the language of `re`) in JavaScript's, for what has no linear time: lookaround and back
 * references. Only what means the same in both is let through.
 */

/** What `u` of JavaScript takes after a backslash as it is. */
const SAME = /[dDwWsSbBnrtfv0-9/^$\\.*+?()[\]{}|]/
const ANCHORS: Readonly<Record<string, string>> = {
  A: '(?<![^])',
  z: '(?![^])',
  Z: '(?=\\n?(?![^]))',
  h: '[\\t\\u0020\\u00a0]',
  R: '(?:\\r\\n|[\\n\\v\\f\\r\\u0085\\u2028\\u2029])',
  a: '\\u0007',
  e: '\\u001b',
}
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  punct: '!-\\/:-@\\[-`\\{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
  blank: '\t ',
}
/** The members of a class at the beginning of a text, `[:alpha:]`, and its length; no members where it is not known. */
export function posixClass(text: string): { readonly written: string; readonly members?: string } | undefined {
  const named = /^\[:(\^?)(\w+):\]/.exec(text)
  if (named === null) return undefined
  const [written, turned, name] = named as unknown as [string, string, string]
  const known = turned === '' && Object.hasOwn(POSIX_CLASSES, name)
  return { written, ...(known ? { members: POSIX_CLASSES[name]! } : {}) }
}

/** Groups that JavaScript has too: without capture, lookaround, and names. */
const GROUP = /^\(\?(?:[:=!]|<[=!]|P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/
const NAMED_REFERENCE = /^(?:\(\?P=(\w+)\)|\\k(?:<(\w+)>|\{(\w+)\}|'(\w+)')|\\g\{?([1-9]\d?)\}?)/
const REPEAT = /^\{\d+(?:,\d*)?\}/

/**
 * @param flags those of JavaScript that the rule gives
 * @returns the expression, or what of it JavaScript does not have
 */
export function perlRegex(source: string, flags: string): { readonly regex: RegExp } | { readonly reason: string } {
  const inline = /^\(\?([ims]+)\)/.exec(source)
  const all = [...new Set(`u${flags}${inline?.[1] ?? ''}`)].join('')
  const body = new Translation(source.slice(inline?.[0].length ?? 0), all.includes('s'))
  const unknown = body.translate()
  if (unknown !== undefined) return { reason: `'${unknown}' is not known` }
  try {
    return { regex: new RegExp(body.made, all) }
  } catch (error) {
    return {
      reason: error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error),
    }
  }
}

class Translation {
  made = ''
  private rest: string
  private inClass = false
  private readonly any: string

  constructor(source: string, lines: boolean) {
    this.rest = source
    this.any = lines ? '.' : '[^\\n]'
  }

  /** @returns what is not known; nothing where all is */
  translate(): string | undefined {
    while (this.rest !== '') {
      const unknown = this.inClass ? this.member() : this.step()
      if (unknown !== undefined) return unknown
    }
    return undefined
  }

  private take(length: number, written = this.rest.slice(0, length)): undefined {
    this.made += written
    this.rest = this.rest.slice(length)
    return undefined
  }

  private step(): string | undefined {
    const reference = NAMED_REFERENCE.exec(this.rest)
    if (reference !== null) {
      const name = reference.slice(1, 5).find((one) => one !== undefined)
      return this.take(reference[0].length, name === undefined ? `(?:\\${reference[5]})` : `\\k<${name}>`)
    }
    const [c] = this.rest
    if (c === '\\') return this.escape()
    if (c === '(' && this.rest[1] === '?') return this.group()
    if (c === '[') {
      this.inClass = true
      const opening = /^\[\^?\]?/.exec(this.rest)![0]
      this.take(opening.length, opening.replace(']', '\\]'))
    } else if (c === '{' && !REPEAT.test(this.rest)) this.take(1, '\\{')
    else if (c === '{' || '*+?'.includes(c!)) return this.repeat()
    else if (c === '}' || c === ']') this.take(1, `\\${c}`)
    else if (c === '.') this.take(1, this.any)
    else this.take(this.rest.codePointAt(0)! > 0xffff ? 2 : 1)
    return undefined
  }

  private repeat(): string | undefined {
    const repeat = REPEAT.exec(this.rest)?.[0] ?? this.rest[0]!
    // `a*+` gives nothing back, which JavaScript does not have.
    if (this.rest[repeat.length] === '+') return `${repeat}+`
    this.take(repeat.length)
    if (this.rest[0] === '?') this.take(1)
    return undefined
  }

  private group(): string | undefined {
    const comment = /^\(\?#[^)]*\)/.exec(this.rest)
    if (comment !== null) return this.take(comment[0].length, '')
    const group = GROUP.exec(this.rest)
    if (group === null) return this.rest.slice(0, 3)
    const name = group[1] ?? group[2]
    this.take(group[0].length, name === undefined ? group[0] : `(?<${name}>`)
    return undefined
  }

  private escape(): string | undefined {
    const next = this.rest[1] ?? ''
    if (next in ANCHORS && !(this.inClass && /[AzZR]/.test(next)))
      return this.take(2, this.inClass ? ANCHORS[next]!.replace(/^\[(.*)\]$/, '$1') : ANCHORS[next]!)
    if (next === 'x') {
      const code = /^\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(this.rest)
      if (code === null) return '\\x'
      return this.take(code[0].length, `\\u{${code[1] ?? code[2]}}`)
    }
    if (next === 'p' || next === 'P') {
      const property = /^\\[pP](?:\{\^?\w+\}|[A-Z])/.exec(this.rest)
      if (property === null || property[0].includes('^')) return `\\${next}`
      return this.take(property[0].length, property[0].replace(/([A-Z])$/, '{$1}'))
    }
    if (SAME.test(next) || (next === '-' && this.inClass)) this.take(2)
    else if (/[A-Za-z]/.test(next) || next === '') return `\\${next}`
    else this.take(2, next)
    return undefined
  }

  private member(): string | undefined {
    const named = posixClass(this.rest)
    if (named !== undefined)
      return named.members === undefined ? named.written : this.take(named.written.length, named.members)
    if (this.rest[0] === '\\') return this.escape()
    if (this.rest[0] === ']') this.inClass = false
    this.take(this.rest.codePointAt(0)! > 0xffff ? 2 : 1)
    return undefined
  }
}
