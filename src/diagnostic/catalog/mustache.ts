import { defineErrors } from './entry.ts'

export const MUSTACHE_ERRORS = defineErrors({
  'mustache.syntax': { template: 'invalid template: {reason}', status: 400, esType: 'general_script_exception' },
  'mustache.size': {
    template: "the text of '{name}' must not be longer than {limit} characters",
    status: 400,
    esType: 'general_script_exception',
  },
})
