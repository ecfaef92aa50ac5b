export * as type from './option.ts'
export {
  option,
  parseDuration,
  RawHash,
  RawPlugin,
  type Option,
  type OptionSchema,
  type OptionsOf,
  type OptionType,
  type Raw,
  type Read,
} from './option.ts'
export { loadSettings, type Settings, type SettingsSources } from './load.ts'
export { OPEN_PREFIXES, SETTINGS, type SettingName } from './schema.ts'
export { Keystore } from './keystore.ts'
