import { describe, expect, test } from 'vitest'
import { DiagnosticError } from '../../diagnostic/index.ts'
import { parseConfiguration } from './parser.ts'
import { printConfiguration } from './print.ts'

function parse(text: string): ReturnType<typeof parseConfiguration> {
  return parseConfiguration({ name: 'test.conf', text })
}

/** What is said about a text, or nothing. */
function problemText(text: string): string {
  try {
    parse(text)
    return ''
  } catch (error) {
    return (error as DiagnosticError).message
  }
}

describe('what is parsed prints and parses to the same', () => {
  test.each([
    'input { stdin { } }',
    'input { tcp { port => 5001 type => "tcpdump" } } output { stdout { codec => rubydebug } }',
    'filter { grok { match => { "message" => ["%{A:a}", \'%{B:b}\'] } add_tag => [ "x" ] } }',
    'filter { mutate { gsub => ["a", "\\\\", "/"] convert => { bytes => integer 7 => "x" } } }',
    'input { file { path => [] codec => multiline { pattern => "^\\s" what => previous } } }',
    'filter { if [a] { drop { } } else if ![b][c] or [d] == "x" and [e] != 3 { drop { } } else { noop { } } }',
    'filter { if "x" in [tags] and [a] not in ["b", "c"] { drop { } } }',
    'filter { if [a] =~ /^\\/x[\\/]y$/ or [b] !~ "z" nand ([c] xor [d] >= 1.5) { drop { } } }',
    'filter { 2x-y { 3d => [[1, -2.5], { k1 => v1 }, plain { charset => "UTF-8" }] } }',
    'filter { x { y => "ends with \\\\" z => "say \\"hi\\"" } }',
    '# a comment\nfilter { # another }\n  "quoted-name" { "an option" => -3 }\n}',
    'filter { if [@metadata][x] { if 1 == 1 { drop { } } } }',
  ])('%s', (text) => {
    const printed = printConfiguration(parse(text))
    expect(printConfiguration(parse(printed))).toBe(printed)
  })
})

describe('conditions', () => {
  test('and binds more closely than or, operators of one level from the left', () => {
    const section = parse('filter { if [a] or [b] and [c] or [d] { drop { } } }').sections[0]!
    const branch = section.body[0]!
    if (branch.node !== 'branch') throw new Error('not a branch')
    const { condition } = branch.cases[0]!
    const shape = (node: typeof condition): string =>
      node.node === 'boolean'
        ? `(${shape(node.left)} ${node.operator} ${shape(node.right)})`
        : node.node === 'truthy' && node.value.node === 'field'
          ? node.value.path.text
          : '?'
    expect(shape(condition)).toBe('(([a] or ([b] and [c])) or [d])')
  })
})

describe('strings', () => {
  const valueOf = (text: string, supportEscapes: boolean): unknown => {
    const { sections } = parseConfiguration({ name: 't', text: `filter { x { y => ${text} } }` }, { supportEscapes })
    const plugin = sections[0]!.body[0]!
    if (plugin.node !== 'plugin') throw new Error('not a plugin')
    const { value } = plugin.attributes[0]!
    return value.node === 'string' ? value.value : undefined
  }
  test('a backslash is itself unless escapes are supported', () => {
    expect(valueOf('"a\\nb\\"c"', false)).toBe('a\\nb\\"c')
    expect(valueOf('"a\\nb\\"c\\q"', true)).toBe('a\nb"c\\q')
    expect(valueOf("'it\\'s'", false)).toBe("it\\'s")
    expect(valueOf("'it\\'s'", true)).toBe("it's")
  })
})

describe('problems have their place', () => {
  test.each([
    ['input { tcp { port => 5001 }', "test.conf:1:7: 'input' is not closed; a closing brace is missing"],
    ['filter {\n  grok { match => "x"\n', "test.conf:2:8: 'grok' is not closed; a closing brace is missing"],
    ['filters { }', "test.conf:1:1: expected input, filter or output, got 'filters'"],
    ['filter { grok }', "test.conf:1:15: expected {, got '}'"],
    ['filter { grok { match "x" } }', "test.conf:1:23: expected =>, got '\"'"],
    ['filter { grok { match => } }', "test.conf:1:26: expected a value, got '}'"],
    ['filter { x { y => ["a" "b"] } }', "test.conf:1:24: expected a comma or ], got '\"'"],
    ['filter { x { y => "abc } }', 'test.conf:1:19: the string is not closed by "'],
    [
      'filter { x { y => { "a" => 1, "b" => 2 } } }',
      'test.conf:1:29: entries of a hash are separated by white space, not by commas',
    ],
    ['filter { x { y => { a1 => 1 "a1" => 2 a1 => 3 } } }', "test.conf:1:39: 'a1' is given twice"],
    ['filter { x { y => { [a] => 1 } } }', "test.conf:1:21: expected a name or }, got '['"],
    ['filter { x { y => a } }', "test.conf:1:19: expected a value, got 'a'"],
    ['filter { x { y => UTF-8 } }', "test.conf:1:22: expected white space or }, got '-8'"],
    ['filter { x { y => "a", z => 1 } }', "test.conf:1:22: expected white space or }, got ','"],
    ['filter { x { y => ["a",] } }', "test.conf:1:24: expected a value, got ']'"],
    ['filter { else { } }', 'test.conf:1:10: else has no if before it'],
    ['filter { if [a] =~ x { } }', "test.conf:1:20: expected a regular expression such as /^a/, got 'x'"],
    ['filter { if [a] =~ /x { } }', 'test.conf:1:20: the regular expression is not closed by /'],
    ['filter { if { } }', "test.conf:1:17: expected {, got '}'"],
  ])('%s', (text, message) => {
    expect(problemText(text)).toBe(message)
  })

  test.each(['(', '!', '['])('a million of %s end with a message, not with the stack', (c) => {
    expect(() => parse(`filter { if ${c.repeat(100_000)} { } }`)).toThrow(DiagnosticError)
  })

  test('so does a condition of a million operators', () => {
    expect(() => parse(`filter { if ${'[a] or '.repeat(1_000_000)} [a] { } }`)).toThrow(DiagnosticError)
  })
})
