import type { PluginSpec } from '../define.ts'
import { cef } from './cef/index.ts'
import { json } from './json.ts'
import { jsonLines } from './json-lines-codec.ts'
import { line } from './line.ts'
import { multiline } from './multiline.ts'
import { netflow } from './netflow/index.ts'
import { plain } from './plain.ts'
import { rubydebug } from './rubydebug.ts'

/** Every codec that ships. */
export const CODECS: readonly Extract<PluginSpec, { kind: 'codec' }>[] = [
  plain,
  cef,
  line,
  json,
  jsonLines,
  multiline,
  netflow,
  rubydebug,
]
