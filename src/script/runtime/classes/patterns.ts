import { ArrayValue, ListValue } from '../containers.ts'
import { FunctionValue, raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { MatcherValue, PatternValue } from '../regex.ts'
import { FLAGS } from '../regex-reader.ts'
import { defineClass } from './define.ts'
import { StreamValue } from './stream-value.ts'

/** The replacement text of replaceAll: `$1`, `${name}`, and the backslash that takes either as it is. */
export function expandReplacement(matcher: MatcherValue, by: string): string {
  return by.replace(
    /\\([\s\S])|\$(?:(\d)|\{([a-zA-Z]\w*)\})|\$/g,
    (_whole, literal: string | undefined, index: string | undefined, name: string | undefined) => {
      if (literal !== undefined) return literal
      if (index !== undefined) return matcher.group(Number(index)) ?? ''
      if (name !== undefined) return matcher.group(name) ?? ''
      throw raise('IllegalArgumentException', 'Illegal group reference')
    },
  )
}

export function replaceMatches(
  machine: Machine,
  pattern: PatternValue,
  text: string,
  by: string | ((matcher: MatcherValue) => string),
  all: boolean,
): string {
  const matcher = new MatcherValue(pattern, text)
  let [result, end] = ['', 0]
  while (matcher.find(machine.budget)) {
    const [from, to] = matcher.span(0)
    result += text.slice(end, from) + (typeof by === 'string' ? expandReplacement(matcher, by) : by(matcher))
    machine.budget.allocate(to - from + 8)
    end = to
    if (result.length > machine.budget.allocationsLeft) machine.budget.allocate(result.length)
    if (!all) break
  }
  result += text.slice(end)
  machine.budget.allocate(result.length)
  return result
}

/** String.split: trailing empty parts are dropped where the limit is zero. */
export function splitText(machine: Machine, pattern: PatternValue, text: string, limit: number): string[] {
  const matcher = new MatcherValue(pattern, text)
  const parts: string[] = []
  let end = 0
  const most = limit <= 0 ? Infinity : limit - 1
  while (parts.length < most && matcher.find(machine.budget)) {
    const [from, to] = matcher.span(0)
    if (to === 0) continue
    if (from === to && from >= text.length) continue
    parts.push(text.slice(end, from))
    end = to
  }
  parts.push(text.slice(end))
  if (limit === 0) while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  machine.budget.allocate(text.length + parts.length)
  return limit === 0 && parts.length === 1 && parts[0] === '' && text !== '' ? [] : parts
}

/** Groovy's `matcher[i]`: the text of a match, or a list of it and its groups. */
function matchAt(machine: Machine, matcher: MatcherValue, index: number): ScriptValue {
  matcher.reset()
  for (let count = 0; matcher.find(machine.budget); count++) {
    if (count !== index) continue
    if (matcher.pattern.groups.length === 1) return matcher.group(0)
    return new ListValue(matcher.pattern.groups.map((_name, group) => matcher.group(group)))
  }
  throw raise('IndexOutOfBoundsException', `index is out of range 0..-1 (index = ${index})`)
}

export function allMatches(machine: Machine, matcher: MatcherValue): ScriptValue[] {
  const list: ScriptValue[] = []
  matcher.reset()
  while (matcher.find(machine.budget)) {
    const groups = matcher.pattern.groups.map((_name, group) => matcher.group(group))
    list.push(groups.length === 1 ? groups[0]! : new ListValue(groups))
  }
  machine.budget.allocate(list.length)
  return list
}

export const PATTERN = defineClass('java.util.regex.Pattern', {
  fields: {
    CASE_INSENSITIVE: FLAGS['i']!,
    COMMENTS: FLAGS['x']!,
    MULTILINE: FLAGS['m']!,
    DOTALL: FLAGS['s']!,
    UNICODE_CASE: FLAGS['u']!,
  },
  groovyStatic: {
    'Pattern compile(String)': (_m, _s, source: string) => new PatternValue(source, 0),
    'Pattern compile(String,int)': (_m, _s, source: string, flags: number) => new PatternValue(source, flags),
    'boolean matches(String,CharSequence)': (machine, _s, source: string, text: string) =>
      new MatcherValue(new PatternValue(source, 0), text).matches(machine.budget),
  },
  static: {
    'String quote(String)': (_m, _s, text: string) => `\\Q${text}\\E`,
  },
  methods: {
    'Matcher matcher(CharSequence)': (_m, p: PatternValue, text: string) => new MatcherValue(p, text),
    'String pattern()': (_m, p: PatternValue) => p.source,
    'int flags()': (_m, p: PatternValue) => p.flags,
    'array split(CharSequence)': (machine, p: PatternValue, text: string) =>
      new ArrayValue('String', splitText(machine, p, text, 0)),
    'Stream splitAsStream(CharSequence)': (machine, p: PatternValue, text: string) =>
      new StreamValue('object', splitText(machine, p, text, 0)),
    'array split(CharSequence,int)': (machine, p: PatternValue, text: string, limit: number) =>
      new ArrayValue('String', splitText(machine, p, text, limit)),
    'Predicate asPredicate()': (machine, p: PatternValue) =>
      new FunctionValue(1, ([text]) => new MatcherValue(p, machine.print(text ?? null)).find(machine.budget)),
  },
})

export const MATCHER = defineClass('java.util.regex.Matcher', {
  static: {
    'String quoteReplacement(String)': (_m, _s, text: string) => text.replaceAll(/[\\$]/g, '\\$&'),
  },
  methods: {
    'boolean find()': (machine, m: MatcherValue) => m.find(machine.budget),
    'boolean find(int)': (machine, m: MatcherValue, from: number) => {
      if (from < 0 || from > m.input.length) throw raise('IndexOutOfBoundsException', 'Illegal start index')
      m.reset()
      while (m.find(machine.budget)) if (m.span(0)[0] >= from) return true
      return false
    },
    'Pattern pattern()': (_m, m: MatcherValue) => m.pattern,
    'boolean matches()': (machine, m: MatcherValue) => m.matches(machine.budget),
    'boolean lookingAt()': (machine, m: MatcherValue) => m.lookingAt(machine.budget),
    'String group()': (_m, m: MatcherValue) => m.group(0),
    'String group(int)': (_m, m: MatcherValue, index: number) => m.group(index),
    'String namedGroup(String)': (_m, m: MatcherValue, name: string) => m.group(name),
    'int groupCount()': (_m, m: MatcherValue) => m.pattern.groups.length - 1,
    'int start()': (_m, m: MatcherValue) => m.span(0)[0],
    'int start(int)': (_m, m: MatcherValue, index: number) => m.span(index)[0],
    'int end()': (_m, m: MatcherValue) => m.span(0)[1],
    'int end(int)': (_m, m: MatcherValue, index: number) => m.span(index)[1],
    'Matcher reset()': (_m, m: MatcherValue) => m.reset(),
    'String replaceAll(String)': (machine, m: MatcherValue, by: string) =>
      replaceMatches(machine, m.pattern, m.input, by, true),
    'String replaceFirst(String)': (machine, m: MatcherValue, by: string) =>
      replaceMatches(machine, m.pattern, m.input, by, false),
  },
  groovy: {
    'String group(String)': (_m, m: MatcherValue, name: string) => m.group(name),
    'def getAt(int)': (machine, m: MatcherValue, index: number) => matchAt(machine, m, index),
    'int size()': (machine, m: MatcherValue) => allMatches(machine, m).length,
    'int getCount()': (machine, m: MatcherValue) => allMatches(machine, m).length,
    'def each(Closure)': (machine, m: MatcherValue, fn: FunctionValue) => {
      for (const match of allMatches(machine, m)) fn.call(match instanceof ListValue && fn.arity > 1 ? match.items : [match]) // prettier-ignore
      return m
    },
    'List collect(Closure)': (machine, m: MatcherValue, fn: FunctionValue) =>
      new ListValue(allMatches(machine, m).map((match) => fn.call([match]))),
    'List toList()': (machine, m: MatcherValue) => new ListValue(allMatches(machine, m)),
  },
})
