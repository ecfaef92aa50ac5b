/**
 * A mail server on 127.0.0.1 as a process of its own, so that it can live in a network namespace. It takes mails only from
 * who logs in as USER with PASSWORD. Says its port, then each mail, a line of JSON each.
 * In JavaScript, because Node 20 does not run TypeScript.
 */
import { SMTPServer } from 'smtp-server'

const [user, password] = process.argv.slice(2)
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`)

const server = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  allowInsecureAuth: true,
  disableReverseLookup: true,
  onAuth(given, _session, callback) {
    if (given.username === user && given.password === password) callback(null, { user })
    else callback(new Error('Invalid username or password'))
  },
  onData(stream, session, callback) {
    const chunks = []
    stream.on('data', (chunk) => chunks.push(chunk))
    stream.on('end', () => {
      const { mailFrom, rcptTo } = session.envelope
      const recipients = rcptTo.map(({ address }) => address)
      say({ from: mailFrom.address, recipients, user: session.user, raw: Buffer.concat(chunks).toString() })
      callback()
    })
  },
})
server.on('error', () => undefined)
server.listen(0, '127.0.0.1', () => say({ port: server.server.address().port }))
// Nobody reads any more: the test has ended.
process.stdout.on('error', () => process.exit())
