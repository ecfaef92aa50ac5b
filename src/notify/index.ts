export type * from './notifier.ts'
export { openNotifier, type NotifierOptions } from './open.ts'
export { readMailSettings, type MailAccount, type MailSettings } from './account-settings.ts'
