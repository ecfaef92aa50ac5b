export type * from './store.ts'
export * from './rest/index.ts'
