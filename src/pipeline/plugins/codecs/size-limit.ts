import { option, type as types } from '../../../settings/index.ts'

/** Bounds the memory one stream can take; the default keeps a 100 MB line from being held. */
export const sizeLimit = option(types.number({ integer: true, min: 1 }), {
  describe:
    'Bytes of the longest event. A longer one is cut there and tagged `_linetoobig` (`_jsonparsetoobigfailure` for JSON).',
  default: 20 * 2 ** 20,
})
