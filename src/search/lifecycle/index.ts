export { Lifecycle } from './lifecycle.ts'
export { registerLifecycleRoutes } from './ilm-routes.ts'
