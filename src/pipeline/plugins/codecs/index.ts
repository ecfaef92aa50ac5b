import type { PluginSpec } from '../define.ts'
import { cef } from './cef/index.ts'
import { cloudtrail } from './cloudtrail.ts'
import { csv } from './csv.ts'
import { dots, javaDots } from './dots.ts'
import { esBulk } from './es-bulk.ts'
import { gzipLines } from './gzip-lines.ts'
import { json } from './json.ts'
import { jsonLines } from './json-lines-codec.ts'
import { javaLine, line } from './line.ts'
import { multiline } from './multiline.ts'
import { netflow } from './netflow/index.ts'
import { nmap } from './nmap/index.ts'
import { javaPlain, plain } from './plain.ts'
import { rubydebug } from './rubydebug.ts'

/** Every codec that ships. */
export const CODECS: readonly Extract<PluginSpec, { kind: 'codec' }>[] = [
  plain,
  cef,
  cloudtrail,
  csv,
  dots,
  esBulk,
  gzipLines,
  javaDots,
  javaLine,
  javaPlain,
  line,
  json,
  jsonLines,
  multiline,
  netflow,
  nmap,
  rubydebug,
]
