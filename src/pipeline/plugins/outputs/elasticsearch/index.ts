import { fail } from '../../../../diagnostic/index.ts'
import { stringifyJson, type Event } from '../../../../event/index.ts'
import type { BulkItem } from '../../../../search/index.ts'
import { defineOutput, type Output, type OutputContext } from '../../define.ts'
import { Cluster } from './cluster.ts'
import { addressOf } from './hosts.ts'
import { planner, type Submission } from './operation.ts'
import { writesDataStream } from './data-stream.ts'
import { OPTIONS, type ElasticsearchOptions } from './options.ts'
import { templatesOf, type Template } from './templates.ts'
import { Trouble, TroubleTeller } from '../../trouble.ts'
import { noticeUnusedCodec } from '../encoded.ts'
import { clusterPeers } from './reach.ts'

export const elasticsearch = defineOutput({
  name: 'elasticsearch',
  summary: 'Writes events to the store of this process, or to an Elasticsearch or OpenSearch cluster.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'elasticsearch { index => "logstash-tcpdump-%{+YYYY.MM.dd}" }',
    'elasticsearch { hosts => ["https://es-server:9200"] user => "logstash" password => "${ES_PASSWORD}" ssl_certificate_authorities => "/etc/ssl/es.pem" }',
  ],
  peers: clusterPeers,
  create: (options, context) => new ElasticsearchOutput(options, context),
})

/** What both destinations have in common. */
interface Destination {
  bulk(submissions: readonly Submission[]): Promise<BulkItem[]>
  install(templates: readonly Template[]): Promise<void>
  close(): void
}

/** Not used where events stay in this process; one notice names those that were given. */
const CONNECTION_OPTIONS = [
  'user',
  'password',
  'api_key',
  'ssl_enabled',
  'ssl_certificate_verification',
  'ssl_verification_mode',
  'ssl_certificate',
  'ssl_key',
  'proxy',
  'path',
  'bulk_path',
] as const

const REQUEST_BYTES = 20 * 2 ** 20

class ElasticsearchOutput implements Output {
  /** The store commits what arrives together; documents that are written under one id keep their order by waiting. */
  readonly concurrency: number
  private readonly options: ElasticsearchOptions
  private readonly context: OutputContext
  private readonly plan: ReturnType<typeof planner>
  private readonly destination: Destination
  private readonly templates: readonly Template[]
  private readonly aborter = new AbortController()
  private readonly teller: TroubleTeller
  private installing: Promise<void> | undefined

  constructor(options: ElasticsearchOptions, context: OutputContext) {
    this.options = options
    this.context = context
    this.concurrency = options.document_id === undefined ? 8 : 1
    this.teller = new TroubleTeller('elasticsearch', context.logger, context.clock)
    check(options)
    noticeUnusedCodec('elasticsearch', context)
    const inProcess = (options.hosts ?? []).every((host) => context.isStoreAddress(addressOf(host)))
    this.destination = inProcess ? storeDestination(options, context) : clusterDestination(options)
    // The templates of data streams are the cluster's own.
    this.templates = writesDataStream(options, context.ecs) ? [] : templatesOf(options, context.ecs)
    this.plan = planner(options, context.ecs)
  }

  async write(batch: readonly Event[]): Promise<void> {
    let pending: Submission[] = []
    for (const event of batch) {
      const planned = this.plan(event)
      if ('refused' in planned) this.context.deadLetter(event, `elasticsearch output: ${planned.refused}`)
      else pending.push({ event, operation: planned.operation })
    }
    let wait = this.options.retry_initial_interval
    while (pending.length > 0) {
      pending = await this.attempt(pending)
      if (pending.length === 0) break
      await this.context.clock.sleep(wait * 1000, this.aborter.signal)
      wait = Math.min(wait * 2, this.options.retry_max_interval)
    }
  }

  async close(): Promise<void> {
    this.aborter.abort()
    this.destination.close()
  }

  /** One round; returns what must be sent again. */
  private async attempt(submissions: Submission[]): Promise<Submission[]> {
    const again: Submission[] = []
    const parts = portions(submissions)
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      if (this.aborter.signal.aborted) throw new Error('elasticsearch output: closed with events on their way')
      try {
        await this.install()
        const items = await this.destination.bulk(part)
        // More than the cluster takes at once: the halves may pass.
        if (part.length > 1 && items.every((item) => item.status === 413)) {
          const middle = part.length >> 1
          parts.unshift(part.slice(0, middle), part.slice(middle))
          continue
        }
        for (let i = 0; i < part.length; i++) if (this.judge(part[i]!, items[i]!, part.length)) again.push(part[i]!)
      } catch (error) {
        if (this.aborter.signal.aborted)
          throw new Error('elasticsearch output: closed with events on their way', { cause: error })
        this.teller.tell(
          error instanceof Trouble
            ? error
            : new Trouble(
                'write',
                `elasticsearch output cannot write: ${(error as Error).message}; events are kept and it goes on trying`,
              ),
        )
        again.push(...part)
      }
    }
    if (again.length === 0) this.teller.over()
    return again
  }

  /** True where the operation must be repeated. */
  private judge(submission: Submission, item: BulkItem, requested: number): boolean {
    const { status, error } = item
    if (status < 300) return false
    const reason = error === undefined ? `status ${status}` : `${error.type}: ${error.reason}`
    const silent = error !== undefined && this.options.silence_errors_in_log.includes(error.type)
    if (status === 409) {
      if (!silent)
        this.context.logger.warn(
          { plugin: 'elasticsearch', index: item.index, id: item.id, status },
          `elasticsearch output: ${item.action} of '${item.id}' in '${item.index}' met a conflict: ${reason}`,
        )
      return false
    }
    const cause = causeOf(error)
    const tooLarge = status === 413 && requested === 1
    if (status === 400 || status === 404 || tooLarge || this.options.dlq_custom_codes.includes(status)) {
      this.context.deadLetter(
        submission.event,
        `elasticsearch output: ${item.action} into '${item.index}' was refused with status ${status}: ${reason}${cause}`,
      )
      return false
    }
    if (!silent && status !== 413)
      this.teller.tell(
        new Trouble(
          `item ${status}`,
          `elasticsearch output: '${item.index}' answers status ${status}: ${reason}; events are kept and it goes on trying`,
        ),
      )
    return true
  }

  private async install(): Promise<void> {
    if (this.templates.length === 0) return
    this.installing ??= this.destination.install(this.templates)
    try {
      await this.installing
    } catch (error) {
      this.installing = undefined
      throw error
    }
  }
}

function check(options: ElasticsearchOptions): void {
  if (options.api_key !== undefined && options.user !== undefined)
    throw fail('plugin.options_exclude', { option: 'api_key', other: 'user' })
  if ((options.action === 'update' || options.action === 'delete') && options.document_id === undefined)
    throw fail('plugin.option_needs', { option: `action => "${options.action}"`, needed: 'document_id' })
  if (!options.action.includes('%{') && !['index', 'create', 'update', 'delete'].includes(options.action))
    throw fail('plugin.option_invalid', {
      option: 'action',
      expected: '"index", "create", "update", "delete" or a reference',
      value: options.action,
    })
  if (options.sniffing)
    throw fail('plugin.option_invalid', {
      option: 'sniffing',
      expected: 'false: list the nodes in `hosts`',
      value: 'true',
    })
  if (options.scripted_upsert && options.script === '')
    throw fail('plugin.option_needs', { option: 'scripted_upsert', needed: 'script' })
}

function storeDestination(options: ElasticsearchOptions, context: OutputContext): Destination {
  const unused = CONNECTION_OPTIONS.filter((name) => options[name] !== undefined).map((name) => `'${name}'`)
  if (options.ssl_certificate_authorities.length > 0) unused.push("'ssl_certificate_authorities'")
  if (unused.length > 0)
    context.notice(`elasticsearch output writes to the store of this process: ${unused.join(', ')} are not used`)
  const { store } = context
  if (store === undefined) throw fail('pipeline.no_store')
  return {
    bulk: (submissions) => store.bulk(submissions.map(({ operation }) => operation)),
    async install(templates) {
      for (const { name, body, overwrite } of templates) await store.putTemplate(name, body, { overwrite })
    },
    close() {},
  }
}

function clusterDestination(options: ElasticsearchOptions): Destination {
  const cluster = new Cluster(options)
  return {
    bulk: (submissions) => cluster.bulk(submissions.map(({ operation }) => operation)),
    async install(templates) {
      for (const { name, body, composable, overwrite } of templates)
        await cluster.putTemplate(name, stringifyJson(body), composable, overwrite)
    },
    close: () => cluster.close(),
  }
}

/** Requests of at most 20 MB, as Logstash sends them. */
function portions(submissions: readonly Submission[]): Submission[][] {
  const parts: Submission[][] = []
  let part: Submission[] = []
  let bytes = 0
  for (const submission of submissions) {
    const size = (submission.operation.source?.length ?? 0) + 200
    if (part.length > 0 && bytes + size > REQUEST_BYTES) {
      parts.push(part)
      part = []
      bytes = 0
    }
    part.push(submission)
    bytes += size
  }
  if (part.length > 0) parts.push(part)
  return parts
}

function causeOf(error: BulkItem['error']): string {
  const cause = error?.['caused_by'] as { reason?: unknown } | undefined
  return typeof cause?.reason === 'string' ? ` (${cause.reason})` : ''
}
