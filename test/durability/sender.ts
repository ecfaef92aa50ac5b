/** Sends numbered mails until it is killed; says each one that the notifier has accepted, a line each. */
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openNotifier } from '../../src/notify/index.ts'

const [dataPath = '', port = '25', first = '0'] = process.argv.slice(2)

const notifier = await openNotifier({
  dataPath,
  settings: new Map<string, string>([
    ['xpack.notification.email.account.work.smtp.host', '127.0.0.1'],
    ['xpack.notification.email.account.work.smtp.port', port],
  ]),
  clock: systemClock,
  logger: nullLogger,
})
writeSync(1, 'open\n')
for (let n = Number(first); ; n++) {
  await notifier.deliver({
    kind: 'email',
    messageId: `m${n}@kill`,
    to: ['admin@example.org'],
    subject: `mail ${n}`,
    text: `mail ${n}`,
  })
  writeSync(1, `${n}\n`)
}
