export {
  type ExecuteOptions,
  type PutOptions,
  type Watcher,
  type WatcherOptions,
  type WatcherSettings,
  type WatchInfo,
} from './watcher.ts'
export { createWatcher } from './stored-watcher.ts'
export { checkWatchFile } from './files.ts'
export { registerWatcherRoutes } from './rest.ts'
export { redact } from './secrets.ts'
export { watchScripts } from './script.ts'
export type { ScriptCompiler } from './model.ts'
