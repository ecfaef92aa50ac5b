import { defineErrors } from './entry.ts'

export const GROK_ERRORS = defineErrors({
  'grok.undefined_pattern': {
    template: 'pattern %{{name}} is not defined',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.recursive_pattern': {
    template: 'pattern %{{name}} refers to itself',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.invalid_regex': {
    template: 'invalid regular expression in the pattern: {reason}',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.invalid_field': {
    template: "'{name}' is not a valid field reference",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.invalid_type': {
    template: "a capture's type must be int, float or string, got '{type}'",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.too_large': {
    template: 'the pattern grows beyond {limit} characters',
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'grok.unreadable': {
    template: "the patterns '{path}' cannot be read: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
})
