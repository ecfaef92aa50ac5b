import { Instance } from '../instance.ts'
import { defineClass } from './define.ts'

/** A `java.util.Locale` by its BCP 47 tag; the root is empty. */
export class LocaleValue extends Instance {
  readonly typeName = 'java.util.Locale'
  readonly tag: string

  constructor(tag: string) {
    super()
    this.tag = tag
  }

  get language(): string {
    return this.tag.split('-')[0]!.toLowerCase()
  }

  get country(): string {
    return (
      this.tag
        .split('-')
        .find((part, i) => i > 0 && /^(?:[A-Za-z]{2}|\d{3})$/.test(part))
        ?.toUpperCase() ?? ''
    )
  }

  get text(): string {
    return this.country === '' ? this.language : `${this.language}_${this.country}`
  }

  get equality(): string {
    return this.text
  }
}

const NAMED: Readonly<Record<string, string>> = {
  ROOT: '', ENGLISH: 'en', US: 'en-US', UK: 'en-GB', CANADA: 'en-CA', FRENCH: 'fr', FRANCE: 'fr-FR', GERMAN: 'de',
  GERMANY: 'de-DE', ITALIAN: 'it', ITALY: 'it-IT', JAPANESE: 'ja', JAPAN: 'ja-JP', KOREAN: 'ko', KOREA: 'ko-KR',
  CHINESE: 'zh', CHINA: 'zh-CN', CANADA_FRENCH: 'fr-CA', SIMPLIFIED_CHINESE: 'zh-CN', TRADITIONAL_CHINESE: 'zh-TW',
  TAIWAN: 'zh-TW', PRC: 'zh-CN',
} // prettier-ignore

function nameOf(type: 'language' | 'region', code: string, inLocale: string): string {
  if (code === '') return ''
  try {
    return new Intl.DisplayNames([inLocale === '' ? 'en' : inLocale], { type }).of(code) ?? code
  } catch {
    return code
  }
}

/** A tag that Intl takes; what it does not take is the root. */
function known(tag: string): LocaleValue {
  try {
    return new LocaleValue(tag === '' ? '' : (Intl.getCanonicalLocales(tag)[0] ?? ''))
  } catch {
    return new LocaleValue('')
  }
}

export const LOCALE = defineClass('java.util.Locale', {
  fields: Object.fromEntries(Object.entries(NAMED).map(([name, tag]) => [name, new LocaleValue(tag)])),
  new: {
    'Locale(String)': (_m, _s, language: string) => known(language),
    'Locale(String,String)': (_m, _s, language: string, country: string) => known(`${language}-${country}`),
  },
  static: {
    'Locale forLanguageTag(String)': (_m, _s, tag: string) => known(tag),
    'Locale getDefault()': () => new LocaleValue('en'),
  },
  methods: {
    'String getLanguage()': (_m, l: LocaleValue) => l.language,
    'String getCountry()': (_m, l: LocaleValue) => l.country,
    'String toLanguageTag()': (_m, l: LocaleValue) => (l.tag === '' ? 'und' : l.tag),
    'String getDisplayLanguage()': (_m, l: LocaleValue) => nameOf('language', l.language, 'en'),
    'String getDisplayLanguage(Locale)': (_m, l: LocaleValue, other: LocaleValue) =>
      nameOf('language', l.language, other.tag),
    'String getDisplayCountry()': (_m, l: LocaleValue) => nameOf('region', l.country, 'en'),
    'String getDisplayCountry(Locale)': (_m, l: LocaleValue, other: LocaleValue) =>
      nameOf('region', l.country, other.tag),
  },
})
