import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAlertDocument, readRouteFile, routeAlert } from '../../alert/index.ts'
import { systemClock } from '../../clock/index.ts'
import { openNotifier } from '../../notify/index.ts'
import { routeFile } from '../../server/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { createLogger } from '../logger.ts'
import { printable } from '../printable.ts'

/** Says which receivers an alert goes to; nothing is sent. */
export function showRoute(
  alert: string,
  options: { config?: string; routes?: string },
  overrides: readonly string[],
): void {
  const path = options.routes ?? routeFile(loadCommandSettings(options.config, overrides))
  if (path === undefined)
    throw new CommandError('there is no notify.yml beside the settings and no path.notify; name one with --routes')
  const document = readAlertDocument(readJson(alert))
  if (document === undefined) throw new CommandError(`'${alert}' must hold one alert`, EXIT.usage)
  for (const { receiver, group, urgent } of routeAlert(readRouteFile(path), document))
    console.log(printable(`${receiver}: ${urgent ? 'at once' : `in the group ${group}`}`))
}

/** Sends a test mail; answers the exit status. */
export async function sendTest(
  account: string,
  { config, to }: { config?: string; to?: string },
  overrides: readonly string[],
): Promise<number> {
  const settings = loadCommandSettings(config, overrides)
  if (![...settings.open.keys()].some((key) => key.includes('.account.')))
    throw new CommandError('no mail account is configured (xpack.notification.email.account.NAME.smtp.host)')
  // A queue of its own: that of a running server is not touched.
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-notify-'))
  try {
    const notifier = await openNotifier({
      dataPath: folder,
      settings: settings.open,
      clock: systemClock,
      logger: createLogger('error', 'plain'),
    })
    try {
      const receipt = await notifier.deliver({
        kind: 'email',
        messageId: `test-${Date.now()}@vedetta`,
        account,
        to: to === undefined ? [] : [to],
        subject: 'A test of Vedetta',
        text: `This mail was sent by: vedetta notify test ${account}\n`,
      })
      const detail = receipt.detail ?? ''
      if (receipt.state === 'delivered') {
        console.log(printable(`delivered by the account '${account}': ${detail}`))
        return EXIT.done
      }
      console.error(printable(`vedetta: the account '${account}' did not deliver: ${detail}`))
      return EXIT.failed
    } finally {
      await notifier.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch (error) {
    throw new CommandError(`'${file}' cannot be read as JSON: ${(error as Error).message}`, EXIT.usage)
  }
}
