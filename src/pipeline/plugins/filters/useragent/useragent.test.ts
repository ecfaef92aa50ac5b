import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filterFixture, runFilter } from '../../../../../test/filter-fixture.ts'
import { temporaryFolder } from '../../../../../test/plugin-fixture.ts'

const CHROME = 'Mozilla/5.0 (X11; Linux i686) AppleWebKit/537.31 (KHTML, like Gecko) Chrome/26.0.1410.63 Safari/537.31'
const OUTLOOK = 'MacOutlook/16.24.0.190414 (Intelx64 Mac OS X Version 10.14.4 (Build 18E226))'
const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_3) AppleWebKit/537.75.14 (KHTML, like Gecko) Version/7.0.3 Safari/7046A194A'
const IE7 = 'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.0)'
const EDGE =
  'Mozilla/5.0 (Windows NT 6.3; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246'
const FACEBOOK =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 13_3_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 ' +
  '[FBAN/FBIOS;FBDV/iPhone11,8;FBMD/iPhone;FBSN/iOS;FBSV/13.3.1;FBSS/2;FBID/phone;FBLC/en_US;FBOP/5;FBCR/]'

describe('useragent', () => {
  test.each<[config: string, text: string, expected: object]>([
    [
      'target => "ua"',
      CHROME,
      {
        ua: {
          name: 'Chrome',
          device: 'Other',
          major: '26',
          minor: '0',
          patch: '1410',
          version: '26.0.1410.63',
          os_name: 'Linux',
          os: 'Linux',
          os_full: 'Linux',
        },
      },
    ],
    [
      'target => "ua" ecs_compatibility => v1',
      CHROME,
      {
        ua: {
          name: 'Chrome',
          device: { name: 'Other' },
          version: '26.0.1410.63',
          os: { name: 'Linux', full: 'Linux' },
        },
        '@metadata': { filter: { user_agent: { version: { major: '26', minor: '0', patch: '1410' } } } },
      },
    ],
    [
      '',
      OUTLOOK,
      {
        name: 'MacOutlook',
        device: 'Mac',
        major: '16',
        minor: '24',
        patch: '0',
        version: '16.24.0.190414',
        os_major: '10',
        os_minor: '14',
        os_patch: '4',
        os_version: '10.14.4',
        os_name: 'Mac OS X',
        os: 'Mac OS X',
        os_full: 'Mac OS X 10.14.4',
      },
    ],
    [
      'prefix => "ua_"',
      SAFARI,
      {
        ua_name: 'Safari',
        ua_device: 'Mac',
        ua_major: '7',
        ua_minor: '0',
        ua_patch: '3',
        ua_version: '7.0.3',
        ua_os_major: '10',
        ua_os_minor: '9',
        ua_os_patch: '3',
        ua_os_version: '10.9.3',
        ua_os_name: 'Mac OS X',
        ua_os: 'Mac OS X',
        ua_os_full: 'Mac OS X 10.9.3',
      },
    ],
    [
      'ecs_compatibility => v8',
      IE7,
      {
        user_agent: {
          name: 'IE',
          device: { name: 'Other' },
          version: '7.0',
          os: { version: 'Vista', name: 'Windows', full: 'Windows Vista' },
        },
        '@metadata': {
          filter: { user_agent: { version: { major: '7', minor: '0' }, os: { version: { major: 'Vista' } } } },
        },
      },
    ],
    [
      'target => "[a][b]"',
      EDGE,
      {
        a: {
          b: {
            name: 'Edge',
            device: 'Other',
            major: '12',
            minor: '246',
            version: '12.246',
            os_major: '8',
            os_minor: '1',
            os_version: '8.1',
            os_name: 'Windows',
            os: 'Windows',
            os_full: 'Windows 8.1',
          },
        },
      },
    ],
    ['target => "ua"', '', {}],
    [
      'target => "ua" add_tag => "x"',
      'no such thing',
      { ua: { name: 'Other', device: 'Other', os: 'Other', os_name: 'Other', os_full: 'Other' }, tags: ['x'] },
    ],
  ])('useragent { source => "message" %s } of %s', async (config, text, expected) => {
    const out = await runFilter(`useragent { source => "message" ${config} }`, { message: text })
    expect(out).toEqual({ message: text, ...expected })
  })

  test('an application that names itself in brackets', async () => {
    const out = await runFilter('useragent { source => "message" target => "[foo][bar]" }', { message: FACEBOOK })
    expect(out['foo']).toMatchObject({ bar: { name: 'Facebook', os_full: 'iOS 13.3.1' } })
  })

  test('a list gives its first value; what is its own target is replaced', async () => {
    const out = await runFilter('useragent { source => "m" target => "m" }', { m: [CHROME, 'x'] })
    expect(out['m']).toMatchObject({ name: 'Chrome', version: '26.0.1410.63' })
    expect(await runFilter('useragent { source => "m" }', { m: 7 })).toEqual({ m: 7 })
  })

  test('regexes of one’s own: replacements, captures, a flag', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'regexes.yaml')
    writeFileSync(
      path,
      [
        'user_agent_parsers:',
        "  - regex: '(Mine|Yours)/(\\d+)'",
        "    family_replacement: 'Fire ($1)'",
        "    v2_replacement: '9'",
        'os_parsers:',
        "  - regex: 'Win(95|98)'",
        "    os_replacement: 'Windows $1'",
        "    os_v1_replacement: 'old'",
        "    os_v2_replacement: '$1'",
        'device_parsers:',
        "  - regex: 'phone ([^ ]+) ?(x?)'",
        "    regex_flag: 'i'",
        "    device_replacement: '$1 $2'",
      ].join('\n'),
    )
    expect(
      await runFilter(`useragent { source => "m" target => "u" regexes => "${path}" }`, {
        m: 'Mine/4 Win98 PHONE abc',
      }),
    ).toMatchObject({
      u: {
        name: 'Fire (Mine)',
        major: '4',
        minor: '9',
        version: '4.9',
        os: 'Windows 98',
        os_version: 'old 98',
        device: 'abc',
      },
    })
    writeFileSync(path, "user_agent_parsers:\n  - regex: '('\n")
    await expect(runFilter(`useragent { source => "m" regexes => "${path}" }`, {})).rejects.toThrow(
      /'regexes' names .*: entry 1 of 'user_agent_parsers'/,
    )
    writeFileSync(path, 'a: 1')
    await expect(runFilter(`useragent { source => "m" regexes => "${path}" }`, {})).rejects.toThrow(
      /it has no list 'user_agent_parsers'/,
    )
  })

  test('a prefix with the names of ECS is said to have no effect', async () => {
    await using filter = filterFixture('useragent { source => "m" prefix => "x" ecs_compatibility => v8 }')
    expect(filter.notices).toEqual([expect.stringContaining("'prefix' has no effect")])
  })
})
