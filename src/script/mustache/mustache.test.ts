import { describe, expect, test } from 'vitest'
import { Double, Timestamp, toValue, type ValueObject } from '../../event/index.ts'
import { compileTemplate, renderTemplate } from './index.ts'

const variables = toValue({
  ctx: {
    watch_id: 'scan',
    payload: {
      body: 'Detected <b> & "c"',
      n: 500,
      yes: true,
      zero: 0,
      empty: '',
      nothing: [],
      none: null,
      map: { a: 1, b: [1, 'two', null], c: { d: true } },
      list: ['x', 'y', 'z'],
      hosts: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }],
      'a.b': 'dotted',
    },
  },
}) as ValueObject

describe('templates', () => {
  test.each([
    ['{{ctx.payload.body}}', 'Detected <b> & "c"'],
    ['{{{ctx.payload.body}}}{{&ctx.payload.n}}', 'Detected <b> & "c"500'],
    ['{{ctx.payload.map}}', '{a=1, b=[1, two, null], c={d=true}}'],
    ['{{ctx.payload.list}} {{ctx.payload.list.1}} {{ctx.payload.list.size}}', '{0=x, 1=y, 2=z} y 3'],
    ['{{ctx.payload.hosts.1.ip}}{{ctx.payload.hosts.9.ip}}', '10.0.0.2'],
    ['{{ctx.payload.map.size}}{{ctx.payload.nothing}}', '{}'],
    ['{{ctx.payload.none}}{{ctx.payload.absent}}{{absent.far.away}}', ''],
    ['{{ctx.payload.a.b}}', 'dotted'],
    [
      '{{#ctx.payload.hosts}}<{{ip}} of {{ctx.watch_id}}>{{/ctx.payload.hosts}}',
      '<10.0.0.1 of scan><10.0.0.2 of scan>',
    ],
    ['{{#ctx.payload.list}}{{.}};{{/ctx.payload.list}}', 'x;y;z;'],
    ['{{#ctx.payload.map}}{{a}}{{/ctx.payload.map}}', '1'],
    ['{{#ctx.payload.zero}}zero is true{{/ctx.payload.zero}}', 'zero is true'],
    [
      '{{^ctx.payload.nothing}}none{{/ctx.payload.nothing}}{{^ctx.payload.empty}} empty{{/ctx.payload.empty}}',
      'none empty',
    ],
    ['{{#toJson}}ctx.payload.map{{/toJson}}', '{"a":1,"b":[1,"two",null],"c":{"d":true}}'],
    ['{{#toJson}}ctx.payload.body{{/toJson}}', 'Detected <b> & "c"'],
    ['{{#join}}ctx.payload.list{{/join}}', 'x,y,z'],
    ['{{#join}}ctx.payload.n{{/join}}', 'ctx.payload.n'],
    ['{{#ctx.payload.yes}}{{.}}{{ctx.payload.n}}{{/ctx.payload.yes}}', 'true500'],
    ["{{#join delimiter=' | '}}ctx.payload.list{{/join delimiter=' | '}}", 'x | y | z'],
    ['{{#url}}a b/{{ctx.payload.n}}?(~){{/url}}', 'a+b%2F500%3F%28%7E%29'],
    ['{{=<% %>=}}<% ctx.payload.n %> {{ctx}}', '500 {{ctx}}'],
    ['{{! a comment }}x', 'x'],
    ['{{ctx.__proto__}}{{ctx.constructor}}{{ctx.payload.body.length}}{{ctx.payload.list.length}}', ''],
  ])('%s', (source, expected) => {
    expect(renderTemplate(source, variables)).toBe(expected)
  })

  test('doubles and times print as Java and Elasticsearch print them', () => {
    const values = { d: new Double(5), e: 1.5, t: Timestamp.fromMillis(0), big: 12345678901234567890n }
    expect(renderTemplate('{{d}} {{e}} {{t}} {{big}}', values)).toBe(
      '5.0 1.5 1970-01-01T00:00:00.000Z 12345678901234567890',
    )
  })

  test('JSON content escapes what it fills in, by option and by prefix', () => {
    const template = '{"text": "{{ctx.payload.body}}"}'
    expect(renderTemplate(template, variables, { escape: 'json' })).toBe('{"text": "Detected <b> & \\"c\\""}')
    expect(renderTemplate(`__json__::${template}`, variables)).toBe('{"text": "Detected <b> & \\"c\\""}')
  })

  test('a value is never taken for a template', () => {
    expect(renderTemplate('{{x}}', { x: '{{ctx.watch_id}}' })).toBe('{{ctx.watch_id}}')
  })

  test.each([
    ['{{#a}}x', 'actions.mail.body:1:8: invalid template: unclosed section "a"'],
    ['x {{> other}}', "actions.mail.body:1:3: invalid template: partials are not supported, got 'other'"],
    ['{{a', 'actions.mail.body:1:4: invalid template: unclosed tag'],
    ['x{{}}', 'actions.mail.body:1:2: invalid template: a tag must have a name'],
    ['{{#join}}{{/join}}', 'Mustache function [join] must contain one and only one identifier'],
    ['{{#toJson}}{{a}}{{b}}{{/toJson}}', 'Mustache function [toJson] must contain one and only one identifier'],
    ['{{/a}}', 'actions.mail.body:1:1: invalid template: unopened section "a"'],
  ])('%s is refused', (source, message) => {
    expect(() => compileTemplate(source, { name: 'actions.mail.body' })).toThrow(message)
  })

  test('a template that would fill the memory ends', () => {
    const list = Array.from({ length: 1000 }, () => 1)
    const source = '{{#l}}{{#l}}{{#l}}0123456789{{/l}}{{/l}}{{/l}}'
    expect(() => renderTemplate(source, { l: list })).toThrow('must not be longer than 10000000 characters')
  })
})
