import type { CodecSpec } from '../define.ts'
import { json } from './json.ts'
import { jsonLines } from './json-lines-codec.ts'
import { line } from './line.ts'
import { plain } from './plain.ts'
import { rubydebug } from './rubydebug.ts'

/** Every codec that ships. */
export const CODECS: readonly CodecSpec<any>[] = [plain, line, json, jsonLines, rubydebug]
