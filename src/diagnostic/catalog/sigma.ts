import { defineErrors } from './entry.ts'

export const SIGMA_ERRORS = defineErrors({
  'sigma.syntax': { template: 'invalid YAML: {reason}', status: 400, esType: 'parse_exception' },
  'sigma.invalid': { template: "'{path}' must be {expected}, got {got}", status: 400, esType: 'parse_exception' },
  'sigma.missing': { template: "{owner} needs '{name}'", status: 400, esType: 'parse_exception' },
  'sigma.modifier': { template: "'{item}': {reason}", status: 400, esType: 'parse_exception' },
  'sigma.unknown_modifier': {
    template: "'{item}': the modifier '{name}' does not exist",
    status: 400,
    esType: 'parse_exception',
  },
  'sigma.condition': { template: 'condition: {reason}', status: 400, esType: 'parse_exception' },
  'sigma.unknown_key': { template: "'{path}' is not known", status: 400, esType: 'parse_exception' },
  'sigma.unused': { template: "no condition uses '{name}'", status: 400, esType: 'parse_exception' },
  'sigma.timeframe': {
    template: "'timeframe' means nothing without an aggregation in the condition",
    status: 400,
    esType: 'parse_exception',
  },
  'sigma.regex': {
    template: "'{item}': the regular expression is refused: {reason}",
    status: 400,
    esType: 'parse_exception',
  },
  'sigma.reference': {
    template: "'{owner}' names the rule '{name}', which does not exist",
    status: 400,
    esType: 'parse_exception',
  },
  'sigma.duplicate': { template: "the {what} '{name}' is given twice", status: 400, esType: 'parse_exception' },
  'sigma.unsupported': { template: "'{path}' is not supported: {reason}", status: 400, esType: 'parse_exception' },
  'sigma.placeholder': {
    template: "the placeholder '%{name}%' has no values",
    status: 400,
    esType: 'parse_exception',
    hint: 'give its values in a pipeline (value_placeholders with vars)',
  },
  'sigma.pipeline': { template: 'a pipeline refuses the rule: {reason}', status: 400, esType: 'parse_exception' },
  'sigma.query': { template: "'{item}': a query cannot say {what}", status: 400, esType: 'parse_exception' },
  'sigma.sample': { template: "sample '{name}' of '{rule}' {reason}", status: 400, esType: 'parse_exception' },
  'sigma.state': {
    template: 'the saved state of the rules is not usable: {reason}',
    status: 400,
    esType: 'parse_exception',
  },
  'sigma.kept': {
    template: "'{path}' is broken: the {count} rules or pipelines that it held before stay in place",
    status: 400,
    esType: 'parse_exception',
  },
  'sigma.unknown_rule': { template: "there is no rule '{id}'", status: 404, esType: 'resource_not_found_exception' },
  'sigma.not_added': {
    template: "the rule '{id}' was not added by 'vedetta rule add'; disable it, or take it out of its file",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'sigma.file_name': {
    template: "'name' must be a file name such as guess.yml, got '{name}'",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'sigma.unreadable': { template: "'{path}' cannot be read: {reason}", status: 400, esType: 'parse_exception' },
})
