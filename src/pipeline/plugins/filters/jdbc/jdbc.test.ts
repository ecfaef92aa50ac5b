import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  DATABASE_USER,
  EngineUnavailable,
  startMariadb,
  startPostgres,
  type DatabaseServer,
} from '../../../../../test/engines/index.ts'
import { filterFixture, runFilter, type Fields } from '../../../../../test/filter-fixture.ts'
import { ManualClock, systemClock } from '../../../../clock/index.ts'
import { parseConnectionString } from './connection-string.ts'
import { openDatabase } from './database.ts'
import { namesIn, parseNamed, parsePositional, render } from './statement.ts'

const TABLE = [
  `CREATE TABLE reference_table (ip varchar(64), name varchar(64), location varchar(64), gcode int)`,
  `INSERT INTO reference_table VALUES ('10.1.1.1', 'ldn-server-1', 'LDN-2-3-4', 3), ('10.2.1.1', 'nyc-server-1', 'NYC-5-2-8', 1),
   ('10.3.1.1', 'mv-serv''r-1', 'MV-9-6-4', 1), ('10.4.1.1', 'sf-server-1', 'SF-9-5-4', 1), ('10.4.1.1', 'mtl-server-1', 'MTL-9-3-4', 2)`,
]

/** A row of every type that has one in both: as events have them. */
const TYPES: Readonly<Record<string, readonly [table: string, row: string, expected: object]>> = {
  PostgreSQL: [
    'big bigint, huge bigint, num numeric(10,2), whole numeric, dbl float8, yes boolean, at timestamptz, js jsonb, none text, id uuid, net inet',
    `7, 9007199254740993, 1.50, 3, 2.0, true, '2026-01-02T03:04:05Z', '{"a": 1}', NULL, '00000000-0000-0000-0000-000000000001', '10.0.0.1'`,
    {
      big: 7,
      huge: 9_007_199_254_740_992,
      num: 1.5,
      whole: 3,
      dbl: 2,
      yes: true,
      at: '2026-01-02T03:04:05.000Z',
      js: '{"a": 1}',
      none: null,
      id: '00000000-0000-0000-0000-000000000001',
      net: '10.0.0.1',
    },
  ],
  MariaDB: [
    'big bigint, huge bigint, num decimal(10,2), whole decimal(10,0), dbl double, yes tinyint(1), tiny tinyint, js text, none text, bin blob',
    `7, 9007199254740993, 1.50, 3, 2.0, true, 9, '{"a": 1}', NULL, 'bytes'`,
    {
      big: 7,
      huge: 9_007_199_254_740_992,
      num: 1.5,
      whole: 3,
      dbl: 2,
      yes: true,
      tiny: 9,
      js: '{"a": 1}',
      none: null,
      bin: 'bytes',
    },
  ],
}

const SERVERS = [
  ['PostgreSQL', startPostgres],
  ['MariaDB', startMariadb],
] as const

describe.each(SERVERS)('%s', (kind, start) => {
  let server: DatabaseServer | undefined
  let unavailable = ''
  let connection = ''

  async function execute(...statements: string[]): Promise<Fields[]> {
    const database = openDatabase({ ...parseConnectionString(server!.connectionString), ...DATABASE_USER }, systemClock)
    let rows: Fields[] = []
    for (const sql of statements) rows = await database.query(parseNamed(sql, []), new Map())
    await database.close()
    return rows
  }

  beforeAll(async () => {
    try {
      server = await start()
    } catch (error) {
      if (!(error instanceof EngineUnavailable)) throw error
      unavailable = error.message
      return
    }
    connection =
      `jdbc_driver_class => "${server.driverClass}" jdbc_connection_string => "${server.connectionString}" ` +
      `jdbc_user => "${DATABASE_USER.user}" jdbc_password => "${DATABASE_USER.password}"`
    const [columns, row] = TYPES[kind]!
    await execute(...TABLE, `CREATE TABLE kinds (${columns})`, `INSERT INTO kinds VALUES (${row})`)
  }, 60_000)
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  })

  describe('jdbc_streaming', () => {
    const STATEMENT =
      'statement => "SELECT name, location FROM reference_table WHERE ip = :ip" parameters => { "ip" => "ip" }'
    const REST =
      'target => "server" default_hash => { "name" => "unknown" } tag_on_failure => "failed" tag_on_default_use => "default"'
    const run = (config: string, event: object): Promise<Fields> =>
      runFilter(`jdbc_streaming { ${connection} ${config} }`, event)

    test.for<[config: string, event: object, added: object]>([
      [STATEMENT, { ip: '10.1.1.1' }, { server: [{ name: 'ldn-server-1', location: 'LDN-2-3-4' }] }],
      [STATEMENT, { ip: '192.168.1.1' }, { server: [{ name: 'unknown' }], tags: ['default'] }],
      [STATEMENT, {}, { server: [{ name: 'unknown' }], tags: ['default'] }],
      [STATEMENT, { ip: "x' OR '1' = '1" }, { server: [{ name: 'unknown' }], tags: ['default'] }],
      [
        `${STATEMENT} add_tag => "done"`,
        { ip: '10.1.1.9' },
        { server: [{ name: 'unknown' }], tags: ['default', 'done'] },
      ],
      [
        'statement => "SELECT name FROM reference_table WHERE ip = :address" parameters => { "ip" => "ip" }',
        { ip: '10.1.1.1' },
        { server: [{ name: 'unknown' }], tags: ['failed', 'default'] },
      ],
      [
        'statement => "SELECT name FROM reference_table WHERE ip = :ip AND gcode = :code" parameters => { "ip" => "%{a}.1.1" "code" => "[c]" }',
        { a: '10.4', c: 2 },
        { server: [{ name: 'mtl-server-1' }] },
      ],
      [
        `statement => "SELECT name FROM reference_table WHERE ip = :ip AND name <> ':ip' -- :ip" parameters => { "ip" => "ip" }`,
        { ip: '10.2.1.1' },
        { server: [{ name: 'nyc-server-1' }] },
      ],
      [
        'statement => "SELECT name FROM reference_table WHERE ip IN :ips ORDER BY gcode DESC" parameters => { "ips" => "ips" }',
        { ips: ['10.1.1.1', '10.2.1.1'] },
        { server: [{ name: 'ldn-server-1' }, { name: 'nyc-server-1' }] },
      ],
      [
        'statement => "SELECT name FROM reference_table WHERE ip = ? AND gcode = ?" use_prepared_statements => true prepared_statement_name => "lookup" prepared_statement_bind_values => ["[ip]", 2]',
        { ip: '10.4.1.1' },
        { server: [{ name: 'mtl-server-1' }] },
      ],
    ])('{ %s } of %j', async ([config, event, added], { skip }) => {
      skip(server === undefined, unavailable)
      expect(await run(`${config} ${REST}`, event)).toEqual({ ...event, ...added })
    })

    test('a row has the types of its columns', async ({ skip }) => {
      skip(server === undefined, unavailable)
      const out = await run('statement => "SELECT * FROM kinds" target => "row"', {})
      expect(out['row']).toEqual([TYPES[kind]![2]])
    })

    test('answers are kept for a while, failures too', async ({ skip }) => {
      skip(server === undefined, unavailable)
      const clock = new ManualClock()
      await execute('DROP TABLE IF EXISTS counted', 'CREATE TABLE counted (n int)', 'INSERT INTO counted VALUES (1)')
      const config = `${connection} statement => "SELECT n FROM counted" target => "rows" cache_expiration => 2.5`
      await using filter = filterFixture(`jdbc_streaming { ${config} }`, { clock })
      await using direct = filterFixture(`jdbc_streaming { ${config} use_cache => false }`, { clock })
      const rows = async (from: typeof filter): Promise<unknown> => (await from.run({}))[0]!['rows']
      expect(await rows(filter)).toEqual([{ n: 1 }])
      await execute('UPDATE counted SET n = 2')
      expect(await rows(filter)).toEqual([{ n: 1 }])
      expect(await rows(direct)).toEqual([{ n: 2 }])
      await clock.advance(2_500)
      expect(await rows(filter)).toEqual([{ n: 2 }])
      await execute('DROP TABLE counted')
      await clock.advance(2_500)
      expect(await filter.run({})).toEqual([
        { rows: [{}], tags: ['_jdbcstreamingfailure', '_jdbcstreamingdefaultsused'] },
      ])
      await execute('CREATE TABLE counted (n int)', 'INSERT INTO counted VALUES (3)')
      expect((await filter.run({}))[0]!['tags']).toHaveLength(2)
      await clock.advance(2_500)
      expect(await rows(filter)).toEqual([{ n: 3 }])
    })

    test('a batch asks the same only once, and many at a time', async ({ skip }) => {
      skip(server === undefined, unavailable)
      await using filter = filterFixture(`jdbc_streaming { ${connection} ${STATEMENT} ${REST} }`)
      const events = await filter.run(...Array.from({ length: 500 }, (_, n) => ({ ip: `10.${(n % 4) + 1}.1.1` })))
      expect(events.every((event) => Array.isArray(event['server']) && event['tags'] === undefined)).toBe(true)
    })

    test('a wrong password is told without it', async ({ skip }) => {
      skip(server === undefined, unavailable)
      const config = connection.replace(`"${DATABASE_USER.password}"`, '"hunter2"')
      await using filter = filterFixture(`jdbc_streaming { ${config} ${STATEMENT} ${REST} }`)
      expect(await filter.run({ ip: '10.1.1.1' })).toMatchObject([{ tags: ['failed', 'default'] }])
      expect(filter.log).toHaveLength(1)
      expect(filter.log[0]).not.toContain('hunter2')
    })
  })

  describe('jdbc_static', () => {
    const LOADERS =
      'loaders => [{ id => "servers" query => "SELECT ip, name, location FROM reference_table ORDER BY gcode" local_table => "servers" }]'
    const OBJECTS =
      'local_db_objects => [{ name => "servers" index_columns => ["ip"] columns => [["ip", "varchar(64)"], ["name", "varchar(64)"], ["location", "varchar(64)"]] }]'
    const run = (lookups: string, event: object, rest = `${LOADERS} ${OBJECTS}`): Promise<Fields> =>
      runFilter(`jdbc_static { ${connection} ${rest} local_lookups => [${lookups}] add_tag => "done" }`, event)

    test.for<[lookups: string, event: object, added: object]>([
      [
        '{ query => "SELECT * FROM servers WHERE ip LIKE :ip" parameters => { "ip" => "%%{[ip]}" } target => "server" }',
        { ip: '.3.1.1' },
        { server: [{ ip: '10.3.1.1', name: "mv-serv'r-1", location: 'MV-9-6-4' }], tags: ['done'] },
      ],
      [
        '{ query => "select NAME as Description from SERVERS where ip = :ip" parameters => { ip => "[a][ip]" } target => "[s][x]" }',
        { a: { ip: '10.1.1.1' } },
        { s: { x: [{ description: 'ldn-server-1' }] }, tags: ['done'] },
      ],
      [
        '{ query => "SELECT name FROM servers WHERE ip = ? AND location LIKE ?" prepared_parameters => ["ip", "%{loc}%"] target => "server" }',
        { ip: '10.4.1.1', loc: 'MTL' },
        { server: [{ name: 'mtl-server-1' }], tags: ['done'] },
      ],
      [
        '{ query => "SELECT name FROM servers WHERE location LIKE :l" parameters => { "l" => "l" } target => "server" }',
        { l: 'mtl%' },
        { server: [], tags: ['done'] },
      ],
      [
        '{ query => "SELECT name FROM servers WHERE ip = :ip" parameters => { "ip" => "ip" } }',
        { ip: '1.1.1.1' },
        { 'lookup-1': [], tags: ['done'] },
      ],
      [
        '{ id => "s" query => "SELECT name FROM servers WHERE ip = :ip" parameters => { "ip" => "ip" } default_hash => { name => "none" } }',
        { ip: '1.1.1.1' },
        { s: [{ name: 'none' }], tags: ['_jdbcstaticdefaultsused', 'done'] },
      ],
      [
        '{ query => "SELECT name FROM servers WHERE ip = :ip" parameters => { "ip" => "ip" } target => "s" }',
        {},
        { tags: ['_jdbcstaticfailure'] },
      ],
      [
        '{ query => "SELECT name FROM servers WHERE ip = :ip" parameters => { "ip" => "%{ip}" } target => "s" tag_on_failure => "no" }',
        {},
        { tags: ['no'] },
      ],
      [
        '{ query => "SELECT nothing FROM servers" target => "s" }, { query => "SELECT COUNT(*) AS n FROM servers" target => "t" }',
        {},
        { t: [{ n: 5 }], tags: ['_jdbcstaticfailure'] },
      ],
      [
        '{ query => "SELECT ucase(ip || name) AS x FROM servers ORDER BY ip OFFSET 1 ROWS FETCH FIRST 2 ROWS ONLY" target => "s" }',
        {},
        { s: [{ x: '10.2.1.1NYC-SERVER-1' }, { x: "10.3.1.1MV-SERV'R-1" }], tags: ['done'] },
      ],
    ])('{ %s } of %j', async ([lookups, event, added], { skip }) => {
      skip(server === undefined, unavailable)
      expect(await run(lookups, event)).toEqual({ ...event, ...added })
    })

    test('a loader without rows, one with too many, one whose columns do not fit', async ({ skip }) => {
      skip(server === undefined, unavailable)
      const lookup = '{ query => "SELECT name FROM servers" target => "s" }'
      const loaders = (more: string): string =>
        `${OBJECTS} loaders => [{ query => "SELECT ip, name, location FROM reference_table ${more} local_table => "servers" }]`
      expect(await run(lookup, {}, loaders(`WHERE ip LIKE '20%';"`))).toEqual({ s: [], tags: ['done'] })
      expect(await run(lookup, {}, loaders('" max_rows => 4'))).toEqual({ s: [], tags: ['done'] })
      const two = `${OBJECTS} loaders => [{ query => "SELECT ip, name FROM reference_table" local_table => "servers" }]`
      expect(await run(lookup, {}, two)).toEqual({ tags: ['_jdbcstaticfailure'] })
    })

    test('loaders run again by their schedule; what was loaded stays while the database is away', async ({ skip }) => {
      skip(server === undefined, unavailable)
      const clock = new ManualClock(Date.UTC(2026, 0, 1, 0, 0, 30))
      await execute('DROP TABLE IF EXISTS changing', 'CREATE TABLE changing (n int)', 'INSERT INTO changing VALUES (1)')
      const filter = filterFixture(
        `jdbc_static { ${connection} loader_schedule => "* * * * * UTC"
           loaders => [{ query => "SELECT n FROM changing" local_table => "t" }]
           local_db_objects => [{ name => "t" columns => [["n", "int"]] }]
           local_lookups => [{ query => "SELECT n FROM t" target => "t" }] }`,
        { clock },
      )
      const seen = async (): Promise<unknown> => (await filter.run({}))[0]!['t']
      expect(await seen()).toEqual([{ n: 1 }])
      await execute('UPDATE changing SET n = 2')
      expect(await seen()).toEqual([{ n: 1 }])
      await clock.advance(30_000)
      await expect.poll(seen).toEqual([{ n: 2 }])
      await execute('DROP TABLE changing')
      await clock.advance(60_000)
      await expect.poll(() => filter.log[0]).toMatch(/^error: jdbc_static: loader 't': /)
      expect(await seen()).toEqual([{ n: 2 }])
      await filter.close()
    })
  })

  test('a lookup whose SQL is not understood is told once, whatever the events', async ({ skip }) => {
    skip(server === undefined, unavailable)
    await using filter = filterFixture(
      `jdbc_static { ${connection} loaders => [] local_db_objects => [{ name => "t" columns => [["n", "int"]] }]
         local_lookups => [{ id => "bad" query => "SELECT FROM t" target => "a" }, { query => "SELECT n FROM t" target => "b" }] }`,
    )
    const tagged = { b: [], tags: ['_jdbcstaticfailure'] }
    expect(await filter.run({}, {})).toEqual([tagged, tagged])
    expect(filter.log).toEqual([expect.stringMatching(/^error: jdbc_static: lookup 'bad': near "FROM": syntax error/)])
  })

  test('a database that goes away: events are tagged at once, and it is found again', async ({ skip }) => {
    skip(server === undefined, unavailable)
    const clock = new ManualClock()
    const config = `${connection} statement => "SELECT 1 AS one" target => "r" use_cache => false tag_on_default_use => []`
    await using filter = filterFixture(`jdbc_streaming { ${config} }`, { clock })
    const one = { r: [{ one: 1 }] }
    const failed = { r: [{}], tags: ['_jdbcstreamingfailure'] }
    expect(await filter.run({})).toEqual([one])
    await server!.stop()
    expect(await filter.run({}, {})).toEqual([failed, failed])
    await using late = filterFixture(
      `jdbc_static { ${connection} loaders => [{ query => "SELECT 1 AS n" local_table => "t" }]
         local_db_objects => [{ name => "t" columns => [["n", "int"]] }] local_lookups => [{ query => "SELECT n FROM t" target => "t" }] }`,
      { clock },
    )
    expect(await late.run({})).toEqual([{ tags: ['_jdbcstaticfailure'] }])
    await server!.start()
    // It may still be recovering when it takes connections.
    const again = async (fixture: typeof filter): Promise<Fields[]> => {
      await clock.advance(5_000)
      return fixture.run({})
    }
    await expect.poll(() => again(filter)).toEqual([one])
    await expect.poll(() => again(late)).toEqual([{ t: [{ n: 1 }] }])
    expect(filter.log.at(-1)).toMatch(/^info: the database 127\.0\.0\.1:\d+ answers again$/)
  }, 30_000)
})

const POSTGRES = 'jdbc_driver_class => "org.postgresql.Driver" jdbc_connection_string => "jdbc:postgresql://h/d"'
const OBJECT = 'local_db_objects => [{ name => "t" columns => [["n", "int"]] }]'

test.each([
  [
    'jdbc_streaming { jdbc_driver_class => "oracle.jdbc.OracleDriver" jdbc_connection_string => "jdbc:oracle:thin:@h:1521/x" statement => "x" target => "t" }',
    /'jdbc_connection_string' must be jdbc:postgresql/,
  ],
  [
    'jdbc_streaming { jdbc_driver_class => "oracle.jdbc.OracleDriver" jdbc_connection_string => "jdbc:mysql://h/d" statement => "x" target => "t" }',
    /'jdbc_driver_class' must be one of org\.postgresql\.Driver/,
  ],
  [
    'jdbc_streaming { jdbc_driver_class => "com.mysql.cj.jdbc.Driver" jdbc_connection_string => "jdbc:postgresql://h/d" statement => "x" target => "t" }',
    /'jdbc_driver_class' must be a driver for postgresql/,
  ],
  [`jdbc_streaming { ${POSTGRES} target => "t" }`, /'jdbc_streaming' needs 'statement'/],
  [
    `jdbc_streaming { ${POSTGRES} statement_path => "/nowhere.sql" target => "t" }`,
    /'statement_path' names \/nowhere\.sql/,
  ],
  [
    `jdbc_streaming { ${POSTGRES} statement => "?" target => "t" use_prepared_statements => true }`,
    /'use_prepared_statements' needs 'prepared_statement_name'/,
  ],
  [
    `jdbc_streaming { ${POSTGRES} statement => "? ?" target => "t" use_prepared_statements => true prepared_statement_name => "n" prepared_statement_bind_values => ["[a]"] }`,
    /a list of as many values as the statement has '\?', which is 2/,
  ],
  [
    `jdbc_streaming { ${POSTGRES} statement => "x" target => "t" sequel_opts => { "test" => true } }`,
    /'sequel_opts' must be a hash of max_connections and pool_timeout, without 'test'/,
  ],
  [`jdbc_static { ${POSTGRES} }`, /local_lookups/],
  [`jdbc_static { ${POSTGRES} local_lookups => [{ target => "t" }] }`, /a hash with 'query'/],
  [`jdbc_static { ${POSTGRES} local_lookups => [{ query => "x" colour => "red" }] }`, /a hash without 'colour'/],
  [
    `jdbc_static { ${POSTGRES} local_lookups => [{ query => "x" parameters => ["a"] }] }`,
    /whose 'parameters' is a hash/,
  ],
  [
    `jdbc_static { ${POSTGRES} local_lookups => [{ query => "x = :a" parameters => { "b" => "c" } }] }`,
    /every name in the query of 'lookup-1', got ':a'/,
  ],
  [
    `jdbc_static { ${POSTGRES} local_lookups => [{ query => "? ?" prepared_parameters => ["a"] }] }`,
    /query of 'lookup-1' has '\?', which is 2/,
  ],
  [
    `jdbc_static { ${POSTGRES} local_lookups => [{ query => "x" parameters => {} prepared_parameters => [] }] }`,
    /'parameters' must not be given together with/,
  ],
  [
    `jdbc_static { ${POSTGRES} local_lookups => [{ query => "x" target => "a" }, { query => "y" target => "a" }] }`,
    /a 'target' of its own, got 'a'/,
  ],
  [
    `jdbc_static { ${POSTGRES} local_lookups => [{ id => "a" query => "x" }, { id => "a" query => "y" }] }`,
    /an? 'id' of its own, got 'a'/,
  ],
  [
    `jdbc_static { ${POSTGRES} ${OBJECT} local_lookups => [{ query => "x" }] loaders => [{ query => "x" local_table => "u" }] }`,
    /'local_table' must be a table of local_db_objects, got 'u'/,
  ],
  [
    `jdbc_static { ${POSTGRES} local_lookups => [{ query => "x" }] local_db_objects => [{ name => "t" columns => [["n"]] }] }`,
    /'columns' is a list in which each value is a list of a name and a type/,
  ],
  [
    `jdbc_static { ${POSTGRES} local_lookups => [{ query => "x" }] local_db_objects => [{ name => "t" columns => [["n", "int"]] index_columns => ["m"] }] }`,
    /'index_columns' must be columns of the table 't', got 'm'/,
  ],
  [
    `jdbc_static { ${POSTGRES} local_lookups => [{ query => "x" }] loader_schedule => "often" }`,
    /'loader_schedule' must be a line of cron/,
  ],
])('%s is refused', async (filter, message) => {
  await expect(runFilter(filter, {})).rejects.toThrow(message)
})

test('a constant that may be meant as a field is pointed out; a property that means nothing here too', async () => {
  await using filter = filterFixture(
    `jdbc_streaming { jdbc_driver_class => "com.mysql.jdbc.Driver" jdbc_connection_string => "jdbc:mysql://h/d?useServerPrepStmts=true"
       statement => "?" target => "t" use_prepared_statements => true prepared_statement_name => "n" prepared_statement_bind_values => ["ip"] }`,
  )
  expect(filter.notices).toEqual([
    expect.stringContaining('useServerPrepStmts have no effect'),
    expect.stringContaining('ip in prepared_statement_bind_values are constants'),
  ])
})

test.each([
  [
    'jdbc:postgresql://db.example:5433/cm%20db?user=u&password=p',
    { kind: 'postgresql', host: 'db.example', port: 5433, database: 'cm db', user: 'u', password: 'p', tls: undefined },
  ],
  [
    'jdbc:postgresql:///d?sslmode=require&currentSchema=ref',
    { host: 'localhost', port: 5432, tls: { verify: false }, schema: 'ref' },
  ],
  ['jdbc:postgresql://[::1]:5/d?ssl=true', { host: '::1', port: 5, tls: { verify: true } }],
  ['jdbc:mysql://h/d?useSSL=true&verifyServerCertificate=false', { kind: 'mysql', port: 3306, tls: { verify: false } }],
  [
    'jdbc:mariadb://h:1/d?sslMode=VERIFY-FULL&autoReconnect=true',
    { kind: 'mysql', tls: { verify: true }, ignored: ['autoReconnect'] },
  ],
])('%s', (text, expected) => {
  expect(parseConnectionString(text)).toMatchObject(expected)
})

test.each([
  ['jdbc:derby:memory:x', /got 'jdbc:derby:memory:x'/],
  ['jdbc:postgresql://u:secret@h/d', /jdbc:postgresql:\/\/HOST/],
  ['jdbc:sqlserver://h?password=secret', /got '(?!.*secret)/],
  ['jdbc:postgresql://a:1,b:2/d', /jdbc:postgresql:\/\/HOST/],
  ['jdbc:postgresql://h/d?sslmode=sometimes', /a known sslmode, got 'sometimes'/],
])('%s is refused', (text, message) => {
  expect(() => parseConnectionString(text)).toThrow(message)
})

test('parameters are found outside of quotes, comments and casts', () => {
  const sql = `SELECT ':a', ":a", a::a, :a /* :a */ FROM t WHERE x = :a AND y = :ab -- :a`
  const { text, values } = render(parseNamed(sql, ['a']), new Map([['a', 1]]), (position) => `$${position}`)
  expect(text).toBe(`SELECT ':a', ":a", a::a, $1 /* :a */ FROM t WHERE x = $2 AND y = :ab -- :a`)
  expect(values).toEqual([1, 1])
  expect(namesIn(sql)).toEqual(['a', 'a', 'ab'])
  expect(parsePositional("a = ? AND b = '?' AND c = ?").names).toEqual(['0', '1'])
})
