import { defineErrors } from './entry.ts'

export const SCRIPT_ERRORS = defineErrors({
  'script.compile': {
    template: 'compile error: {message}',
    status: 400,
    esType: 'script_exception',
  },
  'script.runtime': {
    template: 'runtime error: {message}',
    status: 400,
    esType: 'script_exception',
  },
  'script.budget': {
    template: 'runtime error: {message}',
    status: 400,
    esType: 'script_exception',
  },
  'script.lang': {
    template: "script_lang not supported [{lang}]: 'lang' must be 'painless' or 'groovy', got '{lang}'",
    status: 400,
    esType: 'illegal_argument_exception',
  },
})
