import { option, type as types } from '../../../../settings/index.ts'
import type { FilterContext } from '../../define.ts'
import { checkDriver, parseConnectionString, type Connection } from './connection-string.ts'

/** What every jdbc filter is told of its database. */
export const CONNECTION_OPTIONS = {
  jdbc_connection_string: option(types.string, {
    required: true,
    describe: '`jdbc:postgresql://HOST:PORT/DATABASE`, or the same with `mysql` or `mariadb`; TLS by its `sslmode`.',
    secret: true,
  }),
  jdbc_driver_class: option(types.string, {
    required: true,
    describe: 'The class of the driver for Java; only those of PostgreSQL, MySQL and MariaDB, which are built in.',
  }),
  jdbc_driver_library: option(types.string, {
    describe: 'The file of the driver for Java.',
    ignored: 'the drivers are built in',
  }),
  jdbc_user: option(types.string, { describe: 'The user of the database.' }),
  jdbc_password: option(types.string, { describe: 'The password of the user.', secret: true }),
} as const

export interface ConnectionOptions {
  readonly jdbc_connection_string: string
  readonly jdbc_driver_class: string
  readonly jdbc_user: string | undefined
  readonly jdbc_password: string | undefined
}

/** @throws DiagnosticError for a database that is not spoken here. */
export function connectionOf(options: ConnectionOptions, context: FilterContext): Connection {
  const connection = parseConnectionString(options.jdbc_connection_string)
  checkDriver(options.jdbc_driver_class, connection)
  if (connection.ignored.length > 0)
    context.notice(`jdbc_connection_string: ${connection.ignored.join(', ')} have no effect: the driver is not Java's`)
  return {
    ...connection,
    user: options.jdbc_user ?? connection.user,
    password: options.jdbc_password ?? connection.password,
  }
}
