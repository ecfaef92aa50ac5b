import { ALERT_ERRORS } from './alert.ts'
import { GROK_ERRORS } from './grok.ts'
import { INGEST_ERRORS } from './ingest.ts'
import { JOURNAL_ERRORS } from './journal.ts'
import { MUSTACHE_ERRORS } from './mustache.ts'
import { NOTIFY_ERRORS } from './notify.ts'
import { PACKET_ERRORS } from './packet.ts'
import { PIPELINE_ERRORS } from './pipeline.ts'
import { PLUGIN_ERRORS } from './plugins.ts'
import { SCRIPT_ERRORS } from './script.ts'
import { SEARCH_ERRORS } from './search.ts'
import { SERVER_ERRORS } from './server.ts'
import { SETTINGS_ERRORS } from './settings.ts'
import { SIGMA_ERRORS } from './sigma.ts'
import { WATCH_ERRORS } from './watch.ts'
import type { ErrorEntry } from './entry.ts'

const ENTRIES = {
  ...ALERT_ERRORS,
  ...GROK_ERRORS,
  ...INGEST_ERRORS,
  ...JOURNAL_ERRORS,
  ...MUSTACHE_ERRORS,
  ...NOTIFY_ERRORS,
  ...PACKET_ERRORS,
  ...PIPELINE_ERRORS,
  ...PLUGIN_ERRORS,
  ...SCRIPT_ERRORS,
  ...SEARCH_ERRORS,
  ...SERVER_ERRORS,
  ...SETTINGS_ERRORS,
  ...SIGMA_ERRORS,
  ...WATCH_ERRORS,
}

export type ErrorCode = keyof typeof ENTRIES

/** Every refusal of the house; docs/reference/errors.md is generated from it. */
export const CATALOG: Readonly<Record<ErrorCode, ErrorEntry>> = ENTRIES
