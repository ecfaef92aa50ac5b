import { defineErrors } from './entry.ts'

export const GROK_ERRORS = defineErrors({
  'grok.undefined_pattern': {
    template: 'pattern %{{name}} is not defined{within}',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.recursion': {
    template: 'pattern %{{name}} refers to itself: {chain}',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.too_large': {
    template: 'the pattern is longer than {limit} characters once its references are filled in',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.invalid_regex': {
    template: 'invalid regular expression{within}: {reason}',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.patterns_unreadable': {
    template: "patterns in '{path}' cannot be read: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
})
