export { COMMON_PARAMETERS, type Method, type RestAnswer, type RestRequest, type Route, type Router } from './router.ts'
export type { SearchRoutesOptions } from './routes-options.ts'
export { passThrough } from './pass-through.ts'
export { registerSearchRoutes } from './search-routes.ts'
