/** What files tell of an address or a user agent; for the filters of pipelines and the processors of ingest alike. */
export { ExpiringCache } from './expiring-cache.ts'
export { deviceTypeOf } from './device-type.ts'
export { findGeoDatabase, GeoDatabase, geoDatabasePlaces } from './geo-database.ts'
export { GeoDatabases } from './geo-databases.ts'
export { ANONYMITY, GEO_FACTS, type GeoFact, type Lookup } from './geo-facts.ts'
export { javaAddress } from './java-address.ts'
export { dotted, shippedParser, UserAgentParser, type UserAgent, type Version } from './user-agents.ts'
