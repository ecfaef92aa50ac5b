import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enter, hasBrowser, HOSTILE, logIn, openStage, type Stage } from './stage.ts'

const DAY = 86_400_000

describe.skipIf(!hasBrowser)('screens of operation (needs chromium: apt-get install chromium)', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await openStage()
    const now = Date.now()
    const failed = { '@timestamp': new Date(now).toISOString(), message: HOSTILE, tags: ['_grokparsefailure'] }
    await stage.ask('POST', '/logs-new/_doc', failed)
    await stage.ask('POST', '/logs-old/_doc', { '@timestamp': new Date(now - 40 * DAY).toISOString(), message: 'old' })
    await enter(stage)
  })
  afterAll(() => stage?.close())

  test('pipelines show their filters, what was not understood and who sends', async () => {
    const { page } = stage
    await stage.go('/pipelines', 'Pipelines')
    await page.getByRole('cell', { name: 'grok', exact: true }).waitFor()
    await page.getByText('_grokparsefailure').waitFor()
    await page.getByText('<img src=x onerror=', { exact: false }).waitFor()
    expect(await stage.violations('pipelines')).toEqual([])
    await page.getByRole('link', { name: 'Try this line' }).click()
    await page.getByRole('heading', { name: 'Try a line' }).waitFor()
  })

  test('a line is followed through a pipeline, a pattern says why it does not match', async () => {
    const { page } = stage
    const line = '2026-11-24 02:19:44.800166 IP 10.77.0.2.38785 > 10.77.0.1.443: Flags [S], seq 1, length 0'
    await stage.go('/debug', 'Try a line')
    await page.getByRole('textbox', { name: 'Lines' }).fill(line)
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('"10.77.0.2"').first().waitFor()
    await page.getByText('tcp_connection_started', { exact: false }).first().waitFor()
    expect(await stage.violations('debug')).toEqual([])
    await page.getByText('Grok pattern').click()
    await page.getByRole('textbox', { name: 'Grok pattern' }).fill('%{IP:client} %{INT:n}')
    await page.getByRole('textbox', { name: 'Lines' }).fill('10.0.0.1 many')
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('\'%{INT:n}\' does not match at "many"', { exact: false }).waitFor()
    // The address holds the question.
    await page.reload()
    await page.getByText('\'%{INT:n}\' does not match at "many"', { exact: false }).waitFor()
    await page.getByText('Own configuration').click()
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('not match', { exact: false }).first().waitFor()
  })

  test('old indices are deleted after what would go was shown', async () => {
    const { page } = stage
    await stage.go('/store', 'Store')
    await page.getByRole('cell', { name: 'logs-old', exact: true }).waitFor()
    expect(await stage.violations('store')).toEqual([])
    await page.getByRole('combobox', { name: 'Select what is older than' }).click()
    await page.getByRole('option', { name: '30 days' }).click()
    await page.getByRole('button', { name: 'Delete 1 index …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('1 documents', { exact: false }).waitFor()
    await dialog.getByText('logs-old: 1').waitFor()
    await dialog.getByRole('button', { name: 'Delete for good' }).click()
    await expect.poll(async () => (await stage.ask('GET', '/logs-old/_count')).status).toBe(404)
    expect((await stage.ask('GET', '/logs-new/_count')).body).toMatchObject({ count: 1 })
  })

  test('users and tokens are made, and the audit log names who did', async () => {
    const { page } = stage
    await stage.go('/access', 'Users & audit')
    await page.getByRole('button', { name: 'Add a user' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'User' }).fill('ana')
    await dialog.locator('input[autocomplete=new-password]').fill('long enough')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('cell', { name: 'ana', exact: true }).waitFor()
    expect(await stage.violations('users')).toEqual([])
    await page.getByRole('tab', { name: 'Tokens' }).click()
    await page.getByRole('textbox', { name: 'What it is for' }).fill('logstash')
    await page.getByRole('button', { name: 'Make a token' }).click()
    await page.getByText('it is not shown again', { exact: false }).waitFor()
    const token = (await page.locator('code', { hasText: /^vdt_/ }).textContent())!
    const answer = await fetch(`${stage.url}/events/_doc`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"a":1}',
    })
    expect(answer.status).toBe(201)
    expect(await stage.violations('tokens')).toEqual([])
    await page.getByRole('tab', { name: 'Audit log' }).click()
    await page.getByRole('cell', { name: 'PUT /_vedetta/users/ana' }).waitFor()
    expect(await stage.violations('audit')).toEqual([])
  })

  test('a request is sent from the editor', async () => {
    const { page } = stage
    await stage.go(
      `/requests?r=${encodeURIComponent('GET /logs-new/_search\n{"size": 1}\n\nGET _cat/indices?v')}`,
      'Requests',
    )
    const editor = page.getByRole('textbox', { name: 'Requests' })
    await editor.click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.press('Control+Enter')
    await page.getByText(/^200 in \d+ ms$/).waitFor()
    await page.getByText('_grokparsefailure', { exact: false }).waitFor()
    expect(await stage.violations('requests')).toEqual([])
    await editor.click()
    await page.keyboard.press('Control+End')
    await page.keyboard.press('Control+Enter')
    await page.getByText('docs.count', { exact: false }).waitFor()
  })

  test('a search is saved for all, and a short link leads to it', async () => {
    const { page } = stage
    await stage.go('/events?q=message%3A%20*&from=now-1h', 'Events')
    await page.getByRole('button', { name: 'Saved' }).click()
    await page.getByRole('menuitem', { name: 'Save this search …' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('with a message')
    await page.keyboard.press('Enter')
    await expect
      .poll(async () => (await stage.ask('GET', '/_vedetta/saved')).body)
      .toMatchObject({ searches: [{ name: 'with a message', by: 'admin' }] })
    const { body } = await stage.ask('POST', '/_vedetta/saved', { address: '/_vedetta/ui/store' })
    await page.goto(`${stage.url}/_vedetta/ui/s/${(body as { link: string }).link}`)
    await page.getByRole('heading', { name: 'Store', level: 1 }).waitFor()
  })

  test('columns are kept for the user in any browser, a pinned filter for every search of the tab', async () => {
    const { page } = stage
    await stage.go('/events?cols=tags,message', 'Events')
    await page.getByRole('columnheader', { name: 'tags' }).getByRole('button').click()
    await page.getByRole('menuitem', { name: 'Remove the column' }).click()
    await expect.poll(async () => (await stage.ask('GET', '/_vedetta/profile')).body).toEqual({ columns: 'message' })
    const other = await stage.visitor()
    await logIn(other, stage.url)
    await other.goto(`${stage.url}/_vedetta/ui/events`)
    await other.getByRole('columnheader', { name: 'message' }).waitFor()
    expect(new URL(other.url()).searchParams.get('cols')).toBe('message')
    await other.context().close()

    await stage.go(`/events?f=${encodeURIComponent('tags: *')}`, 'Events')
    const pill = page.getByRole('group', { name: 'Filters' }).getByRole('button', { name: 'tags: *' })
    await pill.click()
    await page.getByRole('menuitem', { name: 'Pin: keep it for every search' }).click()
    await page.getByRole('img', { name: 'pinned' }).waitFor()
    await stage.go('/events?q=message%3A%20*', 'Events')
    await pill.waitFor()
    await expect.poll(() => new URL(page.url()).searchParams.get('f')).toBe('!tags: *')
    await pill.click()
    await page.getByRole('menuitem', { name: 'Remove', exact: true }).click()
    await expect.poll(() => pill.count()).toBe(0)
  })

  test('an export holds every event once, also those of one moment', async () => {
    const { page } = stage
    const time = new Date().toISOString()
    const lines = Array.from(
      { length: 6_000 },
      (_, n) => `{"index":{"_index":"ties"}}\n{"@timestamp":"${time}","n":${n}}\n`,
    )
    expect((await stage.ask('POST', '/_bulk', lines.join(''))).body).toMatchObject({ errors: false })
    await stage.go('/events?index=ties&from=now-1h', 'Events')
    await page.getByText('6,000 events').waitFor()
    const downloaded = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: 'NDJSON' }).click()
    const rows = readFileSync(await (await downloaded).path(), 'utf8')
      .trimEnd()
      .split('\n')
    expect(new Set(rows.map((row) => (JSON.parse(row) as { n: number }).n)).size).toBe(6_000)
    expect(rows).toHaveLength(6_000)
  })

  test('the keyboard leads to the screens, and its sheet lists them', async () => {
    const { page } = stage
    for (const [key, heading] of Object.entries({
      o: 'Overview',
      w: 'Watches',
      r: 'Rules',
      p: 'Pipelines',
      e: 'Events',
    })) {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    }
    await page.keyboard.press('?')
    await expect
      .poll(() => page.getByRole('dialog').getByRole('row').allTextContents())
      .toContain('g r, g w, g prules, watches, pipelines')
  })

  test('nothing that was stored has run, and no page has met an error', async () => {
    expect(await stage.page.evaluate('globalThis.hacked')).toBeUndefined()
    expect(stage.errors).toEqual([])
  })
})
