import type { Action, Registry } from '../model.ts'
import { email } from './email.ts'
import { index } from './index-documents.ts'
import { logging } from './logging.ts'
import { pagerduty } from './pagerduty.ts'
import { slack } from './slack.ts'
import { syslog } from './syslog.ts'
import { teams } from './teams.ts'
import { webhook } from './webhook.ts'

const refused = (reason: string): { refused: string } => ({ refused: reason })

export const ACTIONS: Registry<Action> = {
  email,
  logging,
  index,
  webhook,
  slack,
  pagerduty,
  teams,
  syslog,
  jira: refused(
    "Jira is called by a webhook: POST to https://HOST/rest/api/2/issue with the issue's fields as JSON and basic authentication",
  ),
  hipchat: refused('HipChat has been shut down; use slack, teams or a webhook'),
}
