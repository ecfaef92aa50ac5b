import { expect, test } from 'vitest'
import type { Raw } from '../settings/index.ts'
import { readMailSettings } from './account-settings.ts'
import { sanitizeHtml } from './html.ts'

const SAME = undefined

test.each<[html: string, cleaned: string | undefined, settings?: Readonly<Record<string, Raw>>]>([
  ['<button type="button" onclick="run()">Press</button> here', 'Press here'],
  ['<script>run()</script>text', 'text'],
  ['<p onclick="run()" style="color:red">a</p>', '<p>a</p>'],
  ['<img src="http://h/x.jpg"/>an image', 'an image'],
  ['<img src="cid:chart.png" />a chart', SAME],
  ['<img src="http://h/x.jpg" />an image', SAME, { allow: 'img:all' }],
  ['<img src="http://h/x.jpg" />an image', SAME, { enabled: false }],
  ['<a href="https://h/">kept</a> <a href="javascript:run()">unwrapped</a>', '<a href="https://h/">kept</a> unwrapped'],
  ['<table border="1" cellpadding="6"><colgroup><col span="2" /><col /></colgroup></table>', SAME],
  [
    '<table><caption>c</caption><thead><tr><th colspan="2">h</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>',
    SAME,
  ],
  ['<table border="1" style="color:red"></table>', SAME, { allow: ['_tables', '_styles'] }],
  ['<table><tr><td>a</td><td>b</td></tr></table>', 'ab', { disallow: '_tables' }],
  ['<b></b><sup></sup><del></del><tt></tt><span></span><br /><em></em><hr />', SAME],
  ['<p>a</p><h1>b</h1><ul><li>c</li></ul><blockquote>d</blockquote>', SAME],
  ['a & b < c', 'a &amp; b &lt; c'],
])('%s', (html, cleaned, settings = {}) => {
  const raw = Object.entries(settings).map(
    ([name, value]) => [`xpack.notification.email.html.sanitization.${name}`, value] as const,
  )
  expect(sanitizeHtml(html, readMailSettings(new Map(raw)).sanitization)).toBe(cleaned ?? html)
})
