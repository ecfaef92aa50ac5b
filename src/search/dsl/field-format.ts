import { dateFormat, type DateFormat } from './date-format.ts'
import type { Leaf } from './leaf.ts'

/** How an answer writes a date: by the format asked for, else by the field's own. */
export function formatOfDate(leaf: Leaf | undefined, format: string | undefined): DateFormat {
  return format === undefined ? (leaf?.format ?? dateFormat('strict_date_optional_time')) : dateFormat(format)
}
