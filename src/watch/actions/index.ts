import type { Action, Registry } from '../model.ts'
import { email } from './email.ts'
import { index } from './index-documents.ts'
import { logging } from './logging.ts'
import { webhook } from './webhook.ts'

const byWebhook = (name: string): { refused: string } => ({
  refused: `the action ${name} is not in this version; a webhook to its address does the same`,
})

export const ACTIONS: Registry<Action> = {
  email,
  logging,
  index,
  webhook,
  slack: byWebhook('slack'),
  hipchat: byWebhook('hipchat'),
  pagerduty: byWebhook('pagerduty'),
  jira: byWebhook('jira'),
  teams: byWebhook('teams'),
}
export { REDACTED } from './webhook.ts'
