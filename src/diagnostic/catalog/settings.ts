import { defineErrors } from './entry.ts'

export const SETTINGS_ERRORS = defineErrors({
  'option.unknown': { template: "{owner} has no option '{name}'", status: 400, esType: 'parse_exception' },
  'option.missing': { template: "{owner} needs the option '{name}'", status: 400, esType: 'parse_exception' },
  'option.invalid': {
    template: "'{name}' must be {expected}, got {got}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'option.refused': {
    template: "{owner} does not support the option '{name}': {reason}",
    status: 400,
    esType: 'parse_exception',
  },
  'option.duplicate': { template: "'{name}' is given twice", status: 400, esType: 'parse_exception' },
  'option.without_effect': {
    template: "'{name}' has no effect here: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'option.deprecated': {
    template: "'{name}' is deprecated: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'settings.unknown': { template: "there is no setting '{key}'", status: 400, esType: 'illegal_argument_exception' },
  'settings.refused': {
    template: "the setting '{key}' is not supported: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'settings.override': {
    template: "-E must be given as key=value, got '{text}'",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'settings.unreadable': {
    template: "the settings file '{path}' cannot be read: {reason}",
    status: 500,
    esType: 'settings_exception',
  },
  'settings.data_path': {
    template: "the data folder '{path}' cannot be used: {reason}",
    status: 500,
    esType: 'settings_exception',
    hint: 'set path.data to a folder that can be written',
  },
  'settings.syntax': { template: 'invalid YAML: {reason}', status: 400, esType: 'settings_exception' },
  'settings.undefined_variable': {
    template: "'{key}' uses ${{name}}, which is neither in the keystore nor in the environment and has no default",
    status: 400,
    esType: 'settings_exception',
    hint: 'write ${{name}:default} or set it',
  },
  'keystore.exists': { template: "the keystore '{path}' exists already", status: 400, esType: 'settings_exception' },
  'keystore.missing': {
    template: "there is no keystore '{path}'",
    status: 400,
    esType: 'settings_exception',
    hint: 'make one with: vedetta keystore create',
  },
  'keystore.mode': {
    template: "the keystore '{path}' may be read by others (mode {mode})",
    status: 400,
    esType: 'settings_exception',
    hint: 'chmod 600 {path}',
  },
  'keystore.damaged': { template: "the keystore '{path}' is damaged", status: 500, esType: 'settings_exception' },
  'keystore.format': {
    template: "the keystore '{path}' has format {format}, which a later version wrote",
    status: 500,
    esType: 'settings_exception',
  },
  'keystore.password': {
    template: "the password does not open the keystore '{path}'",
    status: 400,
    esType: 'settings_exception',
    hint: 'set VEDETTA_KEYSTORE_PASS',
  },
  'keystore.name': {
    template: "the name of a secret must be letters, digits, '_', '.' and '-', got '{name}'",
    status: 400,
    esType: 'settings_exception',
  },
})
