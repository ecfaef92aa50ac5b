import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filterFixture, runFilter } from '../../../../../test/filter-fixture.ts'

const FAILED = { tags: ['_xmlparsefailure'] }
const H = 'http://www.w3.org/TR/html4/'

describe('xml', () => {
  test.each<[config: string, document: unknown, added: object]>([
    // The whole document.
    ['target => "d"', '<foo key="value"/>', { d: { key: 'value' } }],
    ['target => "d"', '<foo><key>value1</key><key>value2</key></foo>', { d: { key: ['value1', 'value2'] } }],
    ['target => "d"', '<foo><key1><key2>value</key2></key1></foo>', { d: { key1: [{ key2: ['value'] }] } }],
    ['target => "d"', ['<foo bar="baz"/>'], { d: { bar: 'baz' } }],
    ['target => "d"', ['<foo bar="baz"/>', 'jojoba'], FAILED],
    ['target => "d"', [], FAILED],
    ['target => "d"', { foo: 'bar' }, FAILED],
    ['target => "d"', [{ foo: 'bar' }], FAILED],
    ['target => "d"', 7, FAILED],
    ['target => "d"', '<foo /', FAILED],
    ['target => "d"', 'no xml', FAILED],
    ['target => "d"', '<a>x</b>', FAILED],
    ['target => "d" add_tag => "ok"', '   ', {}],
    ['target => "d" add_tag => "ok"', null, {}],
    ['target => "d" add_tag => "ok"', '<foo/>', { d: null, tags: ['ok'] }],
    ['target => "[a][b]"', '\n<?xml version="1.0"?><foo>text</foo>', { a: { b: 'text' } }],
    ['target => "d"', '<foo k="a"><k>b</k><k>c</k></foo>', { d: { k: ['a', 'b', 'c'] } }],
    [
      'target => "d"',
      `<h:foo xmlns:h="${H}" h:a="1"><h:b>x</h:b></h:foo>`,
      { d: { 'xmlns:h': H, 'h:a': '1', b: ['x'] } },
    ],
    ['target => "d"', '<foo><![CDATA[a < b]]> &amp; c</foo>', { d: 'a < b & c' }],
    ['target => "d"', '<foo>one <b>two</b> three</foo>', { d: { b: ['two'], content: ['one ', ' three'] } }],
    ['target => "d"', '<foo>\n  <b>two</b>\n</foo>', { d: { b: ['two'] } }],
    ['target => "d"', '<foo>1 &lt; 2<b>x</b></foo>', { d: { b: ['x'], content: '1 &lt; 2' } }],
    ['target => "d"', '<foo>\n  one\n\ntwo<b>x</b></foo>', { d: { b: ['x'], content: '\n  one\n\ntwo' } }],
    ['target => "d"', '<foo><![CDATA[a < b]]><b>x</b></foo>', { d: { b: ['x'], content: 'a < b' } }],
    ['target => "d"', '<foo a="1"> </foo>', { d: { a: '1', content: ' ' } }],
    ['target => "d"', '<foo content="1">2</foo>', { d: { content: ['1', '2'] } }],
    ['target => "d"', '<foo><anon>1</anon><anon>2</anon></foo>', { d: ['1', '2'] }],
    ['target => "d" force_array => false', '<foo><bar>Content</bar></foo>', { d: { bar: 'Content' } }],
    ['target => "d" force_array => false', '<foo><b>1</b><b>2</b></foo>', { d: { b: ['1', '2'] } }],
    [
      'target => "d" suppress_empty => false',
      '<foo><key>value1</key><key></key></foo>',
      { d: { key: ['value1', {}] } },
    ],
    ['target => "d" suppress_empty => true', '<foo><key>value1</key><key></key></foo>', { d: { key: ['value1'] } }],
    ['target => "d" suppress_empty => true', '<foo><key> </key></foo>', { d: null }],
    ['target => "d"', '<foo a="1"><key/></foo>', { d: { a: '1', key: [null] } }],
    [
      'target => "d" force_array => false force_content => false',
      '<opt><x>text1</x><y a="2">text2</y></opt>',
      { d: { x: 'text1', y: { a: '2', content: 'text2' } } },
    ],
    [
      'target => "d" force_array => false force_content => true',
      '<opt><x>text1</x><y a="2">text2</y></opt>',
      { d: { x: { content: 'text1' }, y: { a: '2', content: 'text2' } } },
    ],
    // By XPath.
    ['store_xml => false target => "d"', '<foo key="value"/>', {}],
    [
      'target => "d" xpath => ["/foo/key/text()", "x"]',
      '<foo><key>value1</key><key>value2</key></foo>',
      { d: { key: ['value1', 'value2'] }, x: ['value1', 'value2'] },
    ],
    ['store_xml => false xpath => ["/foo/key/text()", "x"]', '<foo><key>Français</key></foo>', { x: ['Français'] }],
    ['store_xml => false xpath => ["//foo/text()", "x"] add_tag => "ok"', '<foobar></foobar>', {}],
    ['store_xml => false xpath => ["/foo/@a", "x"]', '<foo a="1 &lt; 2"/>', { x: ['1 < 2'] }],
    ['store_xml => false xpath => ["/foo/text()", "x"]', '<foo>1 &lt; 2</foo>', { x: ['1 &lt; 2'] }],
    ['store_xml => false xpath => ["count(//b)", "x"]', '<foo><b/><b/></foo>', { x: ['2.0'] }],
    ['store_xml => false xpath => ["name(/*)", "x"]', '<foo/>', { x: ['foo'] }],
    ['store_xml => false xpath => ["string(//none)", "x"]', '<foo/>', { x: [''] }],
    ['store_xml => false xpath => ["//b = 1", "x", "//b = 2", "y"]', '<foo><b>1</b></foo>', { x: ['true'] }],
    [
      'store_xml => false force_array => false xpath => { "//b" => "[o][x]" }',
      '<foo><b c="1">t<d/></b></foo>',
      { o: { x: '<b c="1">t<d/></b>' } },
    ],
    [
      'store_xml => false xpath => ["//b[2]/following-sibling::*/text()", "x", "//b[last()]/../@id", "id"]',
      '<foo id="7"><b>1</b><b>2</b><c>3</c></foo>',
      { x: ['3'], id: ['7'] },
    ],
    [
      'store_xml => false xpath => ["//c | //b", "x"]',
      '<foo><b>1</b><c>2</c><b>3</b></foo>',
      { x: ['<b>1</b>', '<c>2</c>', '<b>3</b>'] },
    ],
    // Namespaces.
    [
      'store_xml => false xpath => ["/foo/h:div", "x"]',
      `<foo xmlns:h="${H}"><h:div>Content</h:div></foo>`,
      { x: ['<h:div>Content</h:div>'] },
    ],
    ['store_xml => false xpath => ["/xmlns:foo/@a", "x"]', `<foo xmlns="${H}" a="1"/>`, { x: ['1'] }],
    [
      `store_xml => false xpath => ["/foo/h:div", "x"] namespaces => { "h" => "${H}" }`,
      `<foo><h:div xmlns:h="${H}">Content</h:div></foo>`,
      { x: [`<h:div xmlns:h="${H}">Content</h:div>`] },
    ],
    ['store_xml => false xpath => ["/foo/h:div", "x"]', `<foo><h:div xmlns:h="${H}">Content</h:div></foo>`, FAILED],
    [
      'store_xml => false xpath => ["/foo/div", "x"] remove_namespaces => true',
      `<foo xmlns:h="${H}"><h:div h:a="1">Content</h:div></foo>`,
      { x: ['<div a="1">Content</div>'] },
    ],
    // What is not well-formed.
    [
      'store_xml => false force_array => false xpath => ["/element/field1/text()", "x"]',
      '<element><field1>bbb</field1><field2>789</field2><field3>e3f<field3></element>',
      { x: 'bbb' },
    ],
    ['store_xml => false', '<xml> <sample attr=\'foo\' attr="bar"> <invalid> </sample> </xml>', {}],
    [
      'store_xml => false parse_options => "strict"',
      '<xml> <sample attr=\'foo\' attr="bar"> <invalid> </sample> </xml>',
      FAILED,
    ],
    ['store_xml => false xpath => ["/a/text()", "x"]', '<a>x & y</a>', { x: ['x &amp; y'] }],
    ['store_xml => false xpath => ["/a/text()", "x"] parse_options => "no_error,NOWARNING"', '<a>x', { x: ['x'] }],
    ['target => "d"', '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>', FAILED],
  ])('xml { %s } of %j', async (config, document, added) => {
    expect(await runFilter(`xml { source => "raw" ${config} }`, { raw: document })).toEqual({ raw: document, ...added })
  })

  test.each([
    ['source => "x"', /'store_xml' needs 'target'/],
    ['source => "x" store_xml => false parse_options => "strict,invalid0"', /'parse_options' must be "strict"/],
    ['source => "x" store_xml => false xpath => ["//a[", "x"]', /'xpath' must be a hash whose names are XPath 1\.0/],
    ['xmldata => "message" store_xml => true', /xmldata/],
  ])('xml { %s } is refused', async (config, message) => {
    await expect(runFilter(`xml { ${config} }`, {})).rejects.toThrow(message)
  })

  test('a document nested without end, and one that takes too long, harm no other', async () => {
    await using filter = filterFixture('xml { source => "x" store_xml => false xpath => ["//a", "found"] }')
    const [deep, wide, good] = await filter.run(
      { x: '<a>'.repeat(100_000) },
      { x: `<r>${'<a/>'.repeat(120_000)}</r>` },
      { x: '<a>1</a>' },
    )
    expect(deep!['tags']).toEqual(['_xmlparsefailure'])
    expect(wide!['tags']).toEqual(['_xmlparsefailure'])
    expect(good!['found']).toEqual(['<a>1</a>'])
  }, 20_000)

  test('no document of any bytes stops it', async () => {
    await using filter = filterFixture('xml { source => "x" target => "d" xpath => ["//*", "all"] }')
    const part = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '&',
      ';',
      '"',
      '=',
      ' ',
      '<a>',
      '</a>',
      '<![CDATA[',
      ']]>',
      '<!--',
      '\0',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        async (x) => {
          expect(await filter.run({ x })).toHaveLength(1)
        },
      ),
    )
  })
})
