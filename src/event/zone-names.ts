/** Short names of zones in logs, by the region whose rules they follow; of those with several meanings the one that Java takes. */
const REGIONS: Readonly<Record<string, readonly string[]>> = {
  'America/New_York': ['EST', 'EDT', 'ET'],
  'America/Chicago': ['CST', 'CDT', 'CT'],
  'America/Denver': ['MST', 'MDT', 'MT'],
  'America/Los_Angeles': ['PST', 'PDT', 'PT'],
  'America/Anchorage': ['AKST', 'AKDT'],
  'America/Halifax': ['AST', 'ADT'],
  'America/St_Johns': ['NST', 'NDT'],
  'America/Sao_Paulo': ['BRT', 'BRST'],
  'America/Argentina/Buenos_Aires': ['ART'],
  'Pacific/Honolulu': ['HST'],
  'Pacific/Auckland': ['NZST', 'NZDT'],
  'Europe/London': ['BST'],
  'Europe/Lisbon': ['WET', 'WEST'],
  'Europe/Paris': ['CET', 'CEST', 'MEZ', 'MESZ'],
  'Europe/Bucharest': ['EET', 'EEST'],
  'Europe/Moscow': ['MSK', 'MSD'],
  'Africa/Johannesburg': ['SAST'],
  'Africa/Lagos': ['WAT'],
  'Africa/Nairobi': ['EAT'],
  'Africa/Maputo': ['CAT'],
  'Asia/Kolkata': ['IST'],
  'Asia/Karachi': ['PKT'],
  'Asia/Shanghai': ['CTT'],
  'Asia/Hong_Kong': ['HKT'],
  'Asia/Singapore': ['SGT'],
  'Asia/Manila': ['PHT'],
  'Asia/Jakarta': ['WIB'],
  'Asia/Seoul': ['KST'],
  'Asia/Tokyo': ['JST'],
  'Australia/Sydney': ['AEST', 'AEDT'],
  'Australia/Adelaide': ['ACST', 'ACDT'],
  'Australia/Perth': ['AWST'],
}

const BY_NAME = new Map(
  Object.entries(REGIONS).flatMap(([region, names]) => names.map((name) => [name, region] as const)),
)

/** The region of a short name such as `CEST`, in any case; its rules say whether summer time holds, not the name. */
export function regionOfAbbreviation(name: string): string | undefined {
  return BY_NAME.get(name.toUpperCase())
}
