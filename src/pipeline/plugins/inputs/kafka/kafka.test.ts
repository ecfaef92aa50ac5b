import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../../../../test/free-port.ts'
import { makeOutput, RunningInput, temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import { Event, toValue, type ValueObject } from '../../../../event/index.ts'
import type { Raw } from '../../../../settings/index.ts'
import { kafka as output } from '../../outputs/kafka/index.ts'
import { kafka as input } from './index.ts'
import { Offsets } from './offsets.ts'

// What needs no broker; with a real one see test/conformance/kafka.test.ts.

describe('positions', () => {
  test('whatever the order of acknowledgements, a position never passes what is not acknowledged', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }).chain((count) =>
          fc.record({
            count: fc.constant(count),
            order: fc.shuffledSubarray(
              Array.from({ length: count }, (_, n) => n),
              { minLength: 0 },
            ),
          }),
        ),
        ({ count, order }) => {
          const offsets = new Offsets()
          const pieces = Array.from({ length: count }, (_, n) => offsets.begin('t', 0, BigInt(n + 1)))
          const done = new Set<number>()
          let position = 0
          for (const n of order) {
            pieces[n]!.ack()
            done.add(n)
            for (const { offset } of offsets.take()) position = Number(offset)
            let expected = 0
            while (done.has(expected)) expected++
            expect(position).toBe(expected)
          }
        },
      ),
    )
  })

  test('what is lost holds its position; what could not be written is taken again; a new division forgets', async () => {
    const offsets = new Offsets()
    const first = offsets.begin('t', 0, 5n)
    offsets.begin('t', 0, 9n).lost()
    offsets.begin('t', 0, 12n).ack()
    first.ack()
    const taken = offsets.take()
    expect(taken).toEqual([{ topic: 't', partition: 0, offset: '5' }])
    await offsets.settled()
    expect(offsets.take()).toEqual([])
    offsets.putBack(taken)
    expect(offsets.take()).toEqual(taken)
    const old = offsets.begin('t', 0, 20n)
    offsets.forget()
    await offsets.settled()
    expect(offsets.take()).toEqual([])
    const fresh = offsets.begin('t', 0, 7n)
    let settled = false
    old.ack()
    void offsets.settled().then(() => (settled = true))
    await nextTurn()
    expect([settled, offsets.take()]).toEqual([false, []])
    fresh.ack()
    await offsets.settled()
    expect(offsets.take()).toEqual([{ topic: 't', partition: 0, offset: '7' }])
  })
})

describe('refused', () => {
  test.each<[Record<string, Raw>, string | RegExp]>([
    [{ bootstrap_servers: 'broker' }, /'bootstrap_servers' must be a text such as/],
    [{ auto_offset_reset: 'none' }, /'auto_offset_reset' must be "earliest" or "latest"/],
    [{ topics_pattern: '(' }, /'topics_pattern' must be a regular expression/],
    [{ security_protocol: 'SASL_SSL' }, /'sasl_mechanism' must be "PLAIN"/],
    [{ security_protocol: 'SASL_SSL', sasl_mechanism: 'PLAIN' }, /needs 'sasl_jaas_config'/],
    [
      { security_protocol: 'SASL_SSL', sasl_mechanism: 'PLAIN', sasl_jaas_config: 'user="terrible-guess"' },
      /'sasl_jaas_config' must be a text such as .* got '\.\.\.'/,
    ],
    [{ security_protocol: 'SSL', ssl_truststore_location: '/x/trust.jks' }, /a trust store of Java is not read here/],
    [{ security_protocol: 'SSL', ssl_truststore_location: '/nowhere/ca.pem' }, /names \/nowhere\/ca.pem/],
  ])('%j', (options, message) => {
    expect(() => new RunningInput(input, options)).toThrow(message)
    expect(() => new RunningInput(input, options)).not.toThrow('terrible-guess')
  })

  test('a key store of type jks, with the command that helps', () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'key.jks')
    writeFileSync(store, 'x')
    expect(() => makeOutput(output, { topic_id: 't', security_protocol: 'SSL', ssl_keystore_location: store })).toThrow(
      /a store of type jks is not read here; 'keytool -importkeystore/,
    )
  })
})

test('brokers that are away are waited for, and told of once', async () => {
  const broker = `127.0.0.1:${await freePort()}`
  const run = new RunningInput(input, { bootstrap_servers: broker, retry_backoff_ms: 1 })
  await run.start()
  const { output: out, said } = makeOutput(output, { bootstrap_servers: broker, topic_id: 't', retry_backoff_ms: 1 })
  const writing = out.write([Event.at(0, toValue({ message: 'x' }) as ValueObject)])
  await expect.poll(() => [run.said.log.length, said.log.length]).toEqual([1, 1])
  expect(run.said.log[0]).toContain(`kafka input cannot read from ${broker}: `)
  expect(said.log[0]).toContain(`kafka output cannot write to ${broker}: `)
  await run.input.stop()
  await out.close!()
  await expect(writing).rejects.toThrow('closed with events on their way')
})
