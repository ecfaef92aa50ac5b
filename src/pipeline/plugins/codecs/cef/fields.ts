/**
 * The extension dictionary of ArcSight's Common Event Format: full names, short keys, and the ECS fields that Logstash's
 * cef codec documents for them.
 */

export interface CefField {
  /** The full name. */
  readonly name: string
  /** The short key, where there is one. */
  readonly key: string | undefined
  readonly ecs: string
  readonly time: boolean
}

/** Fields of the device itself, by the codec's `device` option. */
export type DeviceRole = 'observer' | 'host'

/** `name key? ecs`, a `~` before the ECS field where it holds a time. Of two with one ECS field the first is used to write. */
const EXTENSIONS = `
agentAddress agt [agent][ip]
agentDnsDomain - [cef][agent][registered_domain]
agentHostName ahost [agent][name]
agentId aid [agent][id]
agentMacAddress amac [agent][mac]
agentNtDomain - [cef][agent][registered_domain]
agentReceiptTime art ~[event][created]
agentTimeZone atz [cef][agent][timezone]
agentTranslatedAddress - [cef][agent][nat][ip]
agentTranslatedZoneExternalID - [cef][agent][translated_zone][external_id]
agentTranslatedZoneURI - [cef][agent][translated_zone][uri]
agentType at [agent][type]
agentVersion av [agent][version]
agentZoneExternalID - [cef][agent][zone][external_id]
agentZoneURI - [cef][agent][zone][uri]
applicationProtocol app [network][protocol]
baseEventCount cnt [cef][base_event_count]
bytesIn in [source][bytes]
bytesOut out [destination][bytes]
categoryDeviceType catdt [cef][device_type]
customerExternalID - [organization][id]
customerURI - [organization][name]
destinationAddress dst [destination][ip]
destinationDnsDomain - [destination][registered_domain]
destinationGeoLatitude dlat [destination][geo][location][lat]
destinationGeoLongitude dlong [destination][geo][location][lon]
destinationHostName dhost [destination][domain]
destinationMacAddress dmac [destination][mac]
destinationNtDomain dntdom [destination][registered_domain]
destinationPort dpt [destination][port]
destinationProcessId dpid [destination][process][pid]
destinationProcessName dproc [destination][process][name]
destinationServiceName - [destination][service][name]
destinationTranslatedAddress - [destination][nat][ip]
destinationTranslatedPort - [destination][nat][port]
destinationTranslatedZoneExternalID - [cef][destination][translated_zone][external_id]
destinationTranslatedZoneURI - [cef][destination][translated_zone][uri]
destinationUserId duid [destination][user][id]
destinationUserName duser [destination][user][name]
destinationUserPrivileges dpriv [destination][user][group][name]
destinationZoneExternalID - [cef][destination][zone][external_id]
destinationZoneURI - [cef][destination][zone][uri]
deviceAction act [event][action]
deviceDirection - [network][direction]
deviceEventCategory cat [cef][category]
deviceFacility - [log][syslog][facility][code]
deviceInboundInterface - [observer][ingress][interface][name]
deviceNtDomain - [cef][nt_domain]
deviceOutboundInterface - [observer][egress][interface][name]
devicePayloadId - [cef][payload_id]
deviceProcessId dvcpid [process][pid]
deviceProcessName - [process][name]
deviceReceiptTime rt ~@timestamp
deviceTimeZone dtz [event][timezone]
deviceTranslatedAddress - [host][nat][ip]
deviceTranslatedZoneExternalID - [cef][translated_zone][external_id]
deviceTranslatedZoneURI - [cef][translated_zone][uri]
deviceVersion - [observer][version]
deviceZoneExternalID - [cef][zone][external_id]
deviceZoneURI - [cef][zone][uri]
endTime end ~[event][end]
eventId - [event][id]
eventOutcome outcome [event][outcome]
externalId - [cef][external_id]
fileCreateTime - [file][created]
fileHash - [file][hash]
fileId - [file][inode]
fileModificationTime - ~[file][mtime]
fileName fname [file][name]
filePath - [file][path]
filePermission - [file][group]
fileSize fsize [file][size]
fileType - [file][extension]
managerReceiptTime mrt ~[event][ingested]
message msg [message]
oldFileCreateTime - ~[cef][old_file][created]
oldFileHash - [cef][old_file][hash]
oldFileId - [cef][old_file][inode]
oldFileModificationTime - ~[cef][old_file][mtime]
oldFileName - [cef][old_file][name]
oldFilePath - [cef][old_file][path]
oldFilePermission - [cef][old_file][group]
oldFileSize - [cef][old_file][size]
oldFileType - [cef][old_file][extension]
rawEvent - [event][original]
Reason reason [event][reason]
requestClientApplication - [user_agent][original]
requestContext - [http][request][referrer]
requestCookies - [cef][request][cookies]
requestMethod - [http][request][method]
requestUrl request [url][original]
sourceAddress src [source][ip]
sourceDnsDomain - [source][registered_domain]
sourceGeoLatitude slat [source][geo][location][lat]
sourceGeoLongitude slong [source][geo][location][lon]
sourceHostName shost [source][domain]
sourceMacAddress smac [source][mac]
sourceNtDomain sntdom [source][registered_domain]
sourcePort spt [source][port]
sourceProcessId spid [source][process][pid]
sourceProcessName sproc [source][process][name]
sourceServiceName - [source][service][name]
sourceTranslatedAddress - [source][nat][ip]
sourceTranslatedPort - [source][nat][port]
sourceTranslatedZoneExternalID - [cef][source][translated_zone][external_id]
sourceTranslatedZoneURI - [cef][source][translated_zone][uri]
sourceUserId suid [source][user][id]
sourceUserName suser [source][user][name]
sourceUserPrivileges spriv [source][user][group][name]
sourceZoneExternalID - [cef][source][zone][external_id]
sourceZoneURI - [cef][source][zone][uri]
startTime start ~[event][start]
transportProtocol proto [network][transport]
type - [cef][type]`

const DEVICE: Readonly<Record<DeviceRole, string>> = {
  observer: `
deviceAddress dvc [observer][ip]
deviceDnsDomain - [observer][registered_domain]
deviceExternalId - [observer][name]
deviceHostName dvchost [observer][hostname]
deviceMacAddress dvcmac [observer][mac]`,
  host: `
deviceAddress dvc [host][ip]
deviceDnsDomain - [host][registered_domain]
deviceExternalId - [host][id]
deviceHostName dvchost [host][name]
deviceMacAddress dvcmac [host][mac]`,
}

/** Custom fields are numbered, each with a label: `deviceCustomString1` and `cs1`, `deviceCustomString1Label` and `cs1Label`. */
const CUSTOM = [
  ['deviceCustomFloatingPoint', 'cfp', 'device_custom_floating_point'],
  ['deviceCustomIPv6Address', 'c6a', 'device_custom_ipv6_address'],
  ['deviceCustomNumber', 'cn', 'device_custom_number'],
  ['deviceCustomString', 'cs', 'device_custom_string'],
] as const
const MOST_CUSTOM = 15

/** Every field of the extension, without the header's. */
export function extensionFields(role: DeviceRole): CefField[] {
  const fields: CefField[] = []
  for (const line of `${EXTENSIONS}${DEVICE[role]}`.trim().split('\n')) {
    const [name, key, ecs] = line.split(' ') as [string, string, string]
    const time = ecs.startsWith('~')
    fields.push({ name, key: key === '-' ? undefined : key, ecs: time ? ecs.slice(1) : ecs, time })
  }
  for (const [name, key, ecs] of CUSTOM)
    for (let n = 1; n <= MOST_CUSTOM; n++) {
      const base = `[cef][${ecs}_${n}]`
      fields.push({ name: `${name}${n}`, key: `${key}${n}`, ecs: `${base}[value]`, time: false })
      fields.push({ name: `${name}${n}Label`, key: `${key}${n}Label`, ecs: `${base}[label]`, time: false })
    }
  return fields
}

/** Names that the codec gave fields before those of the dictionary: still read and written. */
export const LEGACY_NAMES: Readonly<Record<string, string>> = {
  deviceTimeZone: 'destinationTimeZone',
  destinationGeoLatitude: 'destinationLatitude',
  destinationGeoLongitude: 'destinationLongitude',
  sourceGeoLatitude: 'sourceLatitude',
  sourceGeoLongitude: 'sourceLongitude',
}

/** The header's seven fields in their order. */
export const HEADER_FIELDS = {
  plain: ['cefVersion', 'deviceVendor', 'deviceProduct', 'deviceVersion', 'deviceEventClassId', 'name', 'severity'],
  ecs: [
    '[cef][version]',
    '[observer][vendor]',
    '[observer][product]',
    '[observer][version]',
    '[event][code]',
    '[cef][name]',
    '[event][severity]',
  ],
} as const
