import { describe, expect, test } from 'vitest'
import { Event, toValue, type ValueObject } from '../../event/index.ts'
import { compileDecoration, compileInputDecoration } from './common-options.ts'

const none = { add_field: new Map<string, string[]>(), add_tag: [], remove_field: [], remove_tag: [] }

function event(fields: object = {}): Event {
  return new Event(toValue(fields) as ValueObject)
}

describe('a filter that succeeded', () => {
  test('adds fields, removes fields, adds tags, removes tags, in this order', () => {
    const decorate = compileDecoration({
      add_field: new Map([
        ['copy', ['%{old}']],
        ['[a][b]', ['1']],
      ]),
      remove_field: ['old', '[a][c]'],
      add_tag: ['new', 'gone', '%{copy}'],
      remove_tag: ['gone', 'never'],
    })
    const one = event({ old: 'x', a: { c: 1 }, tags: ['first'] })
    decorate(one)
    expect(JSON.parse(one.toJson())).toEqual({ copy: 'x', a: { b: '1' }, tags: ['first', 'new', 'x'] })
  })

  test('makes a list of a field that is there, and of several values', () => {
    const decorate = compileDecoration({
      ...none,
      add_field: new Map([
        ['had', ['b']],
        ['list', ['b']],
        ['one', ['a']],
        ['two', ['a', 'b']],
        ['%{name}', ['v']],
      ]),
    })
    const one = event({ had: 'a', list: ['a'], name: 'named' })
    decorate(one)
    expect(JSON.parse(one.toJson())).toEqual({
      had: ['a', 'b'],
      list: ['a', 'b'],
      name: 'named',
      one: 'a',
      two: ['a', 'b'],
      named: 'v',
    })
  })

  test('leaves an empty list of tags, and nothing of a name that is no field', () => {
    const decorate = compileDecoration({ ...none, add_field: new Map([['%{bad}', ['x']]]), remove_tag: ['a'] })
    const one = event({ tags: ['a'], bad: '[a' })
    decorate(one)
    expect(JSON.parse(one.toJson())).toEqual({ tags: [], bad: '[a' })
  })
})

describe('an input', () => {
  const decorate = compileInputDecoration({
    type: 'sshd',
    tags: ['in', '%{from}'],
    add_field: new Map([['from', ['here']]]),
  })

  test('gives its type where there is none, its fields, then its tags', () => {
    const one = event()
    decorate(one)
    expect(JSON.parse(one.toJson())).toEqual({ type: 'sshd', from: 'here', tags: ['in', 'here'] })
  })

  test('keeps a type that is there', () => {
    const one = event({ type: 'su', tags: 'a' })
    decorate(one)
    expect(JSON.parse(one.toJson())).toEqual({ type: 'su', from: 'here', tags: ['a', 'in', 'here'] })
  })
})
