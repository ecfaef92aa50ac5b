export type * from './journal.ts'
export { openJournal, type JournalOptions } from './file-journal.ts'
export { readIfThere, replaceFile, syncFolder } from './durable-file.ts'
