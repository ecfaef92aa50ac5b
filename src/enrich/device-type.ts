/** The kind of device behind a user agent, by the names that its parser gives. */
import type { UserAgent } from './user-agents.ts'

export type DeviceType = 'Robot' | 'Tablet' | 'Phone' | 'Desktop' | 'Other'

type Rule = readonly [names: RegExp, type: DeviceType]

const ROBOT: Rule = [/[Bb]ot|[Ss]pider|[Cc]rawler|AppEngine-Google/, 'Robot']
const TABLET: Rule = [/Tablet|iPad|FireOS|Crosswalk/, 'Tablet']

// Of each list the first rule that fits decides. Source: the families of uap-core, as Elasticsearch's user_agent sorts them.
const SYSTEMS: readonly Rule[] = [
  ROBOT,
  [/^(?:(?:Windows|Windows NT|Linux|Fedora|Ubuntu)$|Mac OS X|Chrome OS)/, 'Desktop'],
  [/^(?:(?:Android|Sailfish)$|iOS|Windows Phone|Firefox OS|BlackBerry OS|KaiOS|Maemo)/, 'Phone'],
  [/^(?:FreeBSD|OpenBSD|NetBSD|Arch Linux|Solaris|SunOS|SUSE|BeOS\/Haiku)/, 'Desktop'],
  TABLET,
]
const BROWSERS: readonly Rule[] = [
  ROBOT,
  [/^(?:Chrome|Chromium|Edge|Firefox|IE|Maxthon|Opera|Safari|SeaMonkey|Vivaldi|Yandex Browser)$/, 'Desktop'],
  [
    /^(?:Chrome Mobile$|Chrome Mobile iOS|Firefox Mobile|Firefox iOS|Edge Mobile|IE Mobile|Android|Facebook|Instagram|BlackBerry WebKit|OktaMobile|Sailfish Browser|Amazon Silk|Pinterest|Flipboard)/,
    'Phone',
  ],
  TABLET,
]
const DEVICES: readonly Rule[] = [TABLET]

/** Where the names speak for several, what is rarer is meant. */
const RANK: readonly DeviceType[] = ['Robot', 'Tablet', 'Phone', 'Desktop']

export function deviceTypeOf({ browser, os, device }: UserAgent): DeviceType {
  const found = [typeBy(SYSTEMS, os.family), typeBy(BROWSERS, browser.family), typeBy(DEVICES, device)]
  return RANK.find((type) => found.includes(type)) ?? 'Other'
}

function typeBy(rules: readonly Rule[], name: string): DeviceType | undefined {
  return rules.find(([names]) => names.test(name))?.[1]
}
