import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadDemo } from '../../src/cli/actions/demo/index.ts'
import { ServerClient } from '../../src/cli/server-client.ts'
import { CONTENT } from './running.ts'
import { enter, hasBrowser, HOSTILE, openStage, type Stage } from './stage.ts'

const WATCH = {
  metadata: { name: 'Greeting' },
  trigger: { schedule: { interval: '1h' } },
  input: { simple: { who: HOSTILE, n: 3 } },
  condition: { compare: { 'ctx.payload.n': { gt: 2 } } },
  actions: {
    tell: {
      email: {
        to: ['admin@localhost'],
        subject: 'hello {{ctx.payload.who}}',
        body: { text: 'n is {{ctx.payload.n}}' },
      },
    },
  },
}

describe.skipIf(!hasBrowser)('screens of detection (needs chromium: apt-get install chromium)', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await openStage([`path.rules=${join(CONTENT, 'rules')}`])
    const day = { seed: 1, end: Date.now(), hours: 24, volume: 0.2 }
    await loadDemo(new ServerClient(stage.url), day)
    const geo = { location: { lat: 52.5, lon: 13.4 }, city_name: 'Berlin', country_name: HOSTILE }
    const hostile = {
      '@timestamp': new Date().toISOString(),
      source: { ip: '203.0.113.9', geo },
      host: { name: HOSTILE },
    }
    await stage.ask('POST', '/hostile/_doc', hostile)
    await stage.ask('PUT', '/_watcher/watch/greeting', WATCH)
    await enter(stage)
  })
  afterAll(() => stage?.close())

  const alertOf = async (rule: string): Promise<string> => {
    const { body } = await stage.ask('GET', `/_vedetta/alerts?rule=${rule}`)
    return (body as { alerts: { id: string }[] }).alerts[0]!.id
  }

  test('the overview counts alerts by severity and leads to them', async () => {
    const { page } = stage
    await stage.go('/overview', 'Overview')
    const critical = page.getByRole('navigation', { name: 'Open alerts' }).getByRole('link', { name: /critical/ })
    await expect.poll(() => critical.textContent()).toMatch(/^[1-9]/)
    await page.getByText('Addresses with most events').waitFor()
    await page.getByText('203.0.113.9', { exact: true }).first().waitFor()
    expect(await stage.violations('overview')).toEqual([])
    await critical.click()
    await page.locator('tr[data-cursor]').first().waitFor()
    expect(new URL(page.url()).searchParams.get('severity')).toBe('critical')
    await page.getByText('Login after failures').waitFor()
  })

  test('a watch is tried without sending: every step and the message as it would be sent', async () => {
    const { page } = stage
    await stage.go('/watches', 'Watches')
    await page.getByText('every 1h').waitFor()
    expect(await stage.violations('watches')).toEqual([])
    await page.getByRole('link', { name: 'Greeting' }).click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('The condition is met.').waitFor()
    await page.getByText('Would be sent', { exact: true }).waitFor()
    await page.getByText('hello <img src=x', { exact: false }).first().waitFor()
    await page.getByText('n is 3', { exact: true }).waitFor()
    expect(await stage.violations('watch')).toEqual([])

    await page.getByRole('checkbox', { name: /Use this instead/ }).check()
    const editor = page.getByRole('textbox', { name: 'Input' })
    await editor.click()
    await page.keyboard.press('Control+A')
    await page.keyboard.insertText('{"n": 1}')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('The condition is not met, so no action runs.').waitFor()
    const alarms = (await stage.ask('GET', '/_vedetta/alarms')).body as { alarms: { subject: string }[] }
    expect(alarms.alarms.filter(({ subject }) => subject.startsWith('hello'))).toEqual([])
  })

  test('a watch is written in the editor, run, seen in its history, switched off and deleted', async () => {
    const { page } = stage
    await stage.go('/watches/new', 'New watch')
    await page.getByRole('textbox', { name: 'Id' }).fill('written')
    await page.getByRole('textbox', { name: 'Definition' }).click()
    await page.keyboard.press('Control+A')
    await page.keyboard.insertText('{"trigger": nonsense')
    await page.getByText('This is not JSON yet.').waitFor()
    await page.locator('.cm-lint-marker-error').waitFor()
    await page.keyboard.press('Control+A')
    const often = { ...WATCH, metadata: { name: 'Written' }, trigger: { schedule: { interval: '1s' } } }
    await page.keyboard.insertText(JSON.stringify(often))
    expect(await stage.violations('watch-editor')).toEqual([])
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Written', level: 1 }).waitFor()
    await expect
      .poll(async () => {
        const { body } = await stage.ask('GET', '/_vedetta/watches/written/history')
        return (body as { records: unknown[] }).records.length
      })
      .toBeGreaterThan(0)
    await page.getByRole('tab', { name: 'History' }).click()
    // Later runs are throttled, and the newest is the one shown.
    await page.getByRole('row').filter({ hasText: 'told somebody' }).first().getByRole('button').click()
    await page.getByText('Was sent', { exact: true }).first().waitFor()
    expect(await stage.violations('watch-history')).toEqual([])
    await page.getByRole('button', { name: 'Switch off' }).click()
    await page.getByText('Switched off').waitFor()
    await page.getByRole('tab', { name: 'Versions' }).click()
    await page.getByRole('listitem').filter({ hasText: 'admin' }).filter({ hasText: 'the text stayed' }).waitFor()
    expect(await stage.violations('watch-versions')).toEqual([])
    const { body } = await stage.ask('GET', '/_watcher/watch/written')
    expect(body).toMatchObject({ status: { state: { active: false } } })
    await page.getByRole('button', { name: 'Delete …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('heading', { name: 'Watches', level: 1 }).waitFor()
    expect((await stage.ask('GET', '/_watcher/watch/written')).status).toBe(404)
  })

  test('rules are listed with what they found, one is tried on the past and switched off', async () => {
    const { page } = stage
    await stage.go('/rules?q=login', 'Rules')
    const row = page.getByRole('row', { name: /Login after failures/ })
    await row.waitFor()
    await expect.poll(() => row.textContent()).toMatch(/critical/)
    expect(await stage.violations('rules')).toEqual([])
    await page.getByRole('textbox', { name: 'Filter rules' }).fill('Many ports of one host within half')
    await page.getByRole('button', { name: /^Many ports of one host/ }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('button', { name: 'Try', exact: true }).click()
    await expect.poll(() => drawer.getByRole('status').textContent()).toMatch(/^[1-9]\d* alerts over [\d,]+ events/)
    await drawer.getByText('correlation:', { exact: false }).waitFor()
    expect(await stage.violations('rule')).toEqual([])
    await drawer.getByText('off', { exact: true }).click()
    await expect
      .poll(async () => (await stage.ask('GET', '/_vedetta/rules?state=disabled')).body)
      .toMatchObject({ rules: expect.arrayContaining([expect.objectContaining({ enabled: false })]) as unknown })
  })

  test('a rule is written with what is wrong at its place and what may be written', async () => {
    const { page } = stage
    await stage.go('/rules', 'Rules')
    const modifiers = page.waitForResponse('**/_modifiers')
    await page.getByRole('button', { name: 'New rules' }).click()
    await modifiers
    const editor = page.getByRole('textbox', { name: 'As written' })
    await editor.click()
    // The editor's own command: over marked text the browser's leaves styles, which the policy refuses.
    const empty = async (): Promise<void> => {
      await page.keyboard.press('Control+A')
      await page.keyboard.press('Delete')
    }
    const written = (detection: object): string =>
      JSON.stringify({ title: 'T', id: 't', level: 'low', logsource: { category: 'webserver' }, detection })
    await empty()
    await page.keyboard.insertText(written({ s: { 'nowhere.seen|containz': 'x' }, condition: 's' }))
    await page.locator('.cm-lint-marker-error').waitFor()
    await empty()
    await page.keyboard.insertText(written({ s: { 'nowhere.seen': 'x' }, condition: 's' }))
    await page.locator('.cm-lint-marker-warning').waitFor()
    await empty()
    await page.keyboard.insertText('detection:\n  s:\n    ')
    await page.keyboard.type('source.ip|ci')
    await page.getByRole('option', { name: 'cidr' }).click()
    await page.keyboard.insertText(': x\n    ')
    await page.keyboard.type('destination.p')
    await page.getByRole('option', { name: 'destination.port' }).first().click()
    await expect.poll(() => editor.textContent()).toContain('destination.port')
    await expect.poll(() => editor.textContent()).toContain('source.ip|cidr: x')
    expect(await stage.violations('rule-editor')).toEqual([])
  })

  test('ATT&CK shows what was seen and what nobody looks for', async () => {
    const { page } = stage
    await stage.go('/attack', 'ATT&CK')
    await page.locator('.ved-technique[data-state=fired]', { hasText: 'T1110' }).waitFor()
    await page.locator('.ved-technique[data-state=gap]', { hasText: 'T1486' }).waitFor()
    expect(await stage.violations('attack')).toEqual([])
  })

  test('an alert becomes a case with notes, which show what was written and run nothing', async () => {
    const { page } = stage
    const id = await alertOf('vedetta-login-success-after-failures')
    await stage.go(`/alerts?rule=vedetta-login-success-after-failures&alert=${id}`, 'Alerts')
    const details = page.getByRole('dialog')
    await details.getByRole('button', { name: 'Add to a case …' }).click()
    await page.getByRole('textbox', { name: 'Title' }).fill('Stolen password')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Stolen password', level: 1 }).waitFor()
    await page.getByRole('textbox', { name: 'Write a note (Markdown)' }).fill(`**sure** ${HOSTILE}`)
    await page.getByRole('button', { name: 'Add the note' }).click()
    await page.locator('.ved-story strong', { hasText: 'sure' }).waitFor()
    await page.locator('.ved-story').getByText('<img src=x', { exact: false }).waitFor()
    await page.getByRole('button', { name: 'Assign to me' }).click()
    await expect
      .poll(async () => (await stage.ask('GET', `/_vedetta/cases?alert=${id}`)).body)
      .toMatchObject({ cases: [{ title: 'Stolen password', assignee: 'admin', alerts: [id] }] })
    await page.getByText('Login after failures').waitFor()
    expect(await stage.violations('case')).toEqual([])
    await stage.go('/cases', 'Cases')
    await page.getByRole('link', { name: 'Stolen password' }).waitFor()
    expect(await stage.violations('cases')).toEqual([])
  })

  test('a rule is tuned from its alert, with how many past alerts that would have hidden', async () => {
    const { page } = stage
    await stage.go(`/alerts?rule=vedetta-scan-block&alert=${await alertOf('vedetta-scan-block')}`, 'Alerts')
    await page.getByRole('button', { name: 'Tune …' }).click()
    await page.getByText(/It would have hidden [1-9]\d* of \d+ alerts/).waitFor()
    await page.getByRole('button', { name: 'Only below a count …' }).click()
    await page.getByRole('textbox', { name: 'Reason' }).fill('the inventory of the office')
    expect(await stage.violations('tune')).toEqual([])
    await page.getByRole('button', { name: 'Do not alert again' }).click()
    await page.getByText('Such alerts are not raised any more.').waitFor()
    await stage.go('/silences', 'Silences')
    await page.getByRole('row', { name: /count < \d+ never the inventory of the office admin/ }).waitFor()
    expect(await stage.violations('silences')).toEqual([])
  })

  test('connections are drawn and listed, places are on the map and lead to their events', async () => {
    const { page } = stage
    await stage.go('/connections?ip=198.51.100.200', 'Connections')
    await expect.poll(() => page.locator('canvas').getAttribute('data-nodes')).toMatch(/^\d\d+$/)
    await page
      .getByRole('row', { name: /^198\.51\.100\.200 10\.20/ })
      .first()
      .waitFor()
    expect(await stage.violations('connections')).toEqual([])
    await stage.go('/map', 'Map')
    const place = page.getByRole('link', { name: 'Berlin', exact: false })
    await place.waitFor()
    expect(await stage.violations('map')).toEqual([])
    await place.click()
    await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor()
    await page.getByText('1 events', { exact: true }).waitFor()
  })

  test('the timeline tells the story of an address, its entity page whom it knows', async () => {
    const { page } = stage
    await stage.go('/timeline?entity=192.0.2.66', 'Timeline')
    await page.getByText('Login after failures').waitFor()
    await page
      .getByText(/^\d+ events$/)
      .first()
      .waitFor()
    expect(await stage.violations('timeline')).toEqual([])
    await stage.go('/entity?ip=203.0.113.9', 'Entity 203.0.113.9')
    await page.getByText('Port scan', { exact: true }).first().waitFor()
    expect(await stage.violations('entity')).toEqual([])
  })

  test('nothing that was stored has run, and no page has met an error', async () => {
    expect(await stage.page.evaluate('globalThis.hacked')).toBeUndefined()
    expect(stage.errors).toEqual([])
  })
})
