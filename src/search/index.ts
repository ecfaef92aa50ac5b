export type * from './store.ts'
export * from './rest/index.ts'
export * from './cluster/index.ts'
export { shippedTemplates } from './shipped-templates.ts'
