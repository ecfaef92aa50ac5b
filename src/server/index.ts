export { isLoopback } from './request-safety.ts'
export { createServer, requestUser, type Server, type ServerOptions } from './server.ts'
export { Users } from './users.ts'
export { startVedetta, type Vedetta, type VedettaOptions } from './vedetta.ts'
