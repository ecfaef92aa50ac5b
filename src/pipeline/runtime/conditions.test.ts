import { describe, expect, test } from 'vitest'
import { Double, Event, Timestamp, toValue, type ValueObject } from '../../event/index.ts'
import { parseConfiguration } from '../language/index.ts'
import { compileCondition, hasRegex, type Predicate } from './conditions.ts'

function compile(text: string): Predicate {
  const source = { name: 'test.conf', text: `filter { if ${text} { } }` }
  const branch = parseConfiguration(source).sections[0]!.body[0]!
  if (branch.node !== 'branch') throw new Error('not a branch')
  return compileCondition(branch.cases[0]!.condition, source)
}

const event = new Event(
  toValue({
    message: 'Failed password for root',
    line: 'one\ntwo',
    type: 'sshd',
    word: 'password',
    empty: '',
    no: 'false',
    off: false,
    nothing: null,
    zero: 0,
    port: 22,
    text_port: '22',
    whole: new Double(22),
    share: 0.5,
    tags: ['network', 'auth_failure'],
    ports: [22, 80],
    host: { name: 'zeus', ip: ['10.0.0.1'] },
    at: new Timestamp(1_454_893_018_407_000),
  }) as ValueObject,
  toValue({ kind: 'x' }) as ValueObject,
)

describe('holds', () => {
  test.each([
    '[type]',
    '[zero]',
    '[port] == 026',
    '[host][name]',
    '[host][ip][0] == "10.0.0.1"',
    '[@metadata][kind] == "x"',
    '![missing]',
    '!([empty] or [no] or [off] or [nothing])',
    '[type] == "sshd"',
    '"sshd" == [type]',
    '[type] != "ssh"',
    '[missing] != "ssh"',
    '[missing] == [nothing]',
    '[port] == 22',
    '[port] != "22"',
    '[text_port] == "22"',
    '[whole] != 22',
    '[whole] == 22.0',
    '[share] == 0.5',
    '[port] > 21 and [port] >= 22 and [port] < 23 and [port] <= 22',
    '[whole] >= 22 and [whole] <= 22',
    '[type] > "sshc" and [type] < "sshe"',
    '[at] > "2016-02-08T00:00:00Z" and [at] < "2016-02-09"',
    '[message] =~ /^Failed/',
    '[message] =~ "pass.ord"',
    '[line] =~ /^two$/',
    '[line] !~ /one.two/',
    '[port] !~ /22/',
    '[tags] !~ /network/',
    '"network" in [tags]',
    '"absent" not in [tags]',
    '22 in [ports]',
    '"22" not in [ports]',
    '[word] in [message]',
    '"Failed" in [message]',
    '[word] in "a password here"',
    '[type] in ["sshd", "su"]',
    '[port] in ["22"]',
    '[port] in [22, 80]',
    '[missing] not in ["a"]',
    '[type] not in ["ssh"]',
    '[port] in [ports]',
    '[type] == "sshd" xor [port] == 23',
    '[type] == "sshd" nand [port] == 23',
    '[missing] or [port] == 22 and [type]',
    '[type] or [missing] and [missing]',
  ])('%s', (text) => {
    expect(compile(text)(event)).toBe(true)
  })
})

describe('does not hold', () => {
  test.each([
    '[missing]',
    '[empty]',
    '[no]',
    '[off]',
    '[port] == "22"',
    '[text_port] > 21',
    '[text_port] < 23',
    '[missing] > 1',
    '[missing] < 1',
    '[missing] <= 1',
    '[tags] == "network"',
    '[missing] =~ /./',
    '[port] =~ /22/',
    '"net" in [tags]',
    '[missing] in [tags]',
    '"x" in [missing]',
    '[port] in "222"',
    '[type] == "sshd" xor [port] == 22',
    '[type] == "sshd" nand [port] == 22',
    '([type] or [missing]) and [missing]',
    '[__proto__]',
    '[constructor][name]',
  ])('%s', (text) => {
    expect(compile(text)(event)).toBe(false)
  })
})

test('a regular expression that does not compile is shown where it stands', () => {
  expect(() => compile('[a] =~ /(/')).toThrow(/^test\.conf:1:20: invalid regular expression: /)
})

test('conditions with a regular expression are known', () => {
  const first = (text: string): boolean => {
    const branch = parseConfiguration({ name: 't', text: `filter { if ${text} { } }` }).sections[0]!.body[0]!
    return branch.node === 'branch' && hasRegex(branch.cases[0]!.condition)
  }
  expect(first('!([a] and ([b] or [c] =~ /x/))')).toBe(true)
  expect(first('[a] == "=~"')).toBe(false)
})
