import { defineErrors } from './entry.ts'

export const NOTIFY_ERRORS = defineErrors({
  'notify.unknown_setting': {
    template: "there is no setting '{key}'",
    status: 400,
    esType: 'settings_exception',
  },
  'notify.invalid_setting': {
    template: "'{key}' must be {expected}, got {got}",
    status: 400,
    esType: 'settings_exception',
  },
  'notify.missing_setting': {
    template: "the mail account '{account}' needs '{key}'",
    status: 400,
    esType: 'settings_exception',
  },
  'notify.refused_setting': {
    template: "the setting '{key}' is not supported: {reason}",
    status: 400,
    esType: 'settings_exception',
  },
  'notify.unknown_account': {
    template: "there is no mail account '{account}'",
    status: 400,
    esType: 'illegal_argument_exception',
    hint: 'configured are: {accounts}',
  },
  'notify.no_recipient': {
    template: 'the mail has no recipient',
    status: 400,
    esType: 'illegal_argument_exception',
    hint: "give the action a 'to', or the account an email_defaults.to",
  },
  'notify.invalid_address': {
    template: "'{field}' must be one mail address such as ann@example.org or Ann <ann@example.org>, got {got}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'notify.recipient_not_allowed': {
    template: "the recipient '{address}' is not in '{key}'",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'notify.invalid_request': {
    template: "the webhook's {part} must be {expected}, got {got}",
    status: 400,
    esType: 'illegal_argument_exception',
  },
  'notify.forbidden_target': {
    template: "'{target}' may not be reached: {reason}",
    status: 400,
    esType: 'illegal_argument_exception',
    hint: 'name it in the setting xpack.http.whitelist to allow it',
  },
  'notify.unknown_chat_account': {
    template: "there is no {service} account '{account}'",
    status: 400,
    esType: 'illegal_argument_exception',
    hint: 'configured are: {accounts}',
  },
  'notify.refused': {
    template: '{peer} refused it for good: {reason}',
    status: 500,
    esType: 'status_exception',
  },
  'notify.closed': { template: 'the notifier is closed', status: 503, esType: 'illegal_state_exception' },
})
