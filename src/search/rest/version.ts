/** The version of Elasticsearch whose protocol is spoken; clients choose their own by it. */
export const ELASTICSEARCH_VERSION = '8.17.0'
