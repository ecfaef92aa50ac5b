import sanitize from 'sanitize-html'
import type { SanitizationSettings } from './account-settings.ts'

/** Groups of elements by Elasticsearch's names (xpack.notification.email.html.sanitization.allow). */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  _tables: ['table', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'col', 'colgroup', 'caption'],
  _links: ['a'],
  _blocks: ['p', 'div', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'br'],
  _formatting: [
    'b',
    'i',
    's',
    'u',
    'o',
    'sup',
    'sub',
    'ins',
    'del',
    'strong',
    'strike',
    'tt',
    'code',
    'big',
    'small',
    'span',
    'em',
    'hr',
    'pre',
  ],
  _styles: [],
  'img:all': ['img'],
  'img:embedded': ['img'],
  // A whole document: its frame stays, styles and scripts in it do not.
  head: ['html', 'head', 'title'],
  body: ['html', 'body'],
}

/** Keeps of an HTML body what the settings allow; scripts, event handlers and remote images never pass by default. */
export function sanitizeHtml(html: string, settings: SanitizationSettings): string {
  if (!settings.enabled) return html
  const expand = (names: readonly string[]): string[] => names.flatMap((name) => GROUPS[name] ?? [name])
  const disallowed = new Set(expand(settings.disallow))
  const allows = (name: string): boolean => settings.allow.includes(name) && !settings.disallow.includes(name)
  const styles = allows('_styles') ? ['style', 'class'] : []
  return sanitize(html, {
    allowedTags: expand(settings.allow).filter((tag) => !disallowed.has(tag)),
    disallowedTagsMode: 'discard',
    allowVulnerableTags: false,
    allowedAttributes: {
      '*': styles,
      a: ['href', 'title'],
      img: ['src', 'alt', 'title', 'width', 'height'],
      table: ['border', 'cellpadding', 'cellspacing', 'width', 'summary', 'align'],
      td: ['align', 'valign', 'colspan', 'rowspan', 'width', 'height'],
      th: ['align', 'valign', 'colspan', 'rowspan', 'scope', 'width', 'height'],
      col: ['align', 'span', 'width'],
      tr: ['align', 'valign'],
    },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowedSchemesByTag: { img: allows('img:all') ? ['http', 'https', 'cid', 'data'] : ['cid'] },
    allowProtocolRelative: false,
    selfClosing: ['img', 'br', 'hr', 'col'],
    // What is left of an image or a link whose address may not pass.
    exclusiveFilter: ({ tag, attribs }) =>
      tag === 'img' && attribs['src'] === undefined
        ? true
        : tag === 'a' && attribs['href'] === undefined
          ? 'excludeTag'
          : false,
  })
}
