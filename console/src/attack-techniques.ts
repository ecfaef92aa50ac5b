/**
 * Tactics of MITRE ATT&CK for enterprise in the order of its matrix, and under each its techniques that logs and packets
 * can show: `ID Name`. Ids and names are MITRE's.
 */
export const TACTICS: readonly {
  readonly tag: string
  readonly name: string
  readonly techniques: readonly string[]
}[] = [
  {
    tag: 'reconnaissance',
    name: 'Reconnaissance',
    techniques: [
      'T1595 Active Scanning',
      'T1592 Gather Victim Host Information',
      'T1589 Gather Victim Identity Information',
      'T1590 Gather Victim Network Information',
      'T1598 Phishing for Information',
    ],
  },
  {
    tag: 'resource-development',
    name: 'Resource Development',
    techniques: ['T1583 Acquire Infrastructure', 'T1586 Compromise Accounts', 'T1588 Obtain Capabilities'],
  },
  {
    tag: 'initial-access',
    name: 'Initial Access',
    techniques: [
      'T1189 Drive-by Compromise',
      'T1190 Exploit Public-Facing Application',
      'T1133 External Remote Services',
      'T1566 Phishing',
      'T1199 Trusted Relationship',
      'T1195 Supply Chain Compromise',
      'T1078 Valid Accounts',
    ],
  },
  {
    tag: 'execution',
    name: 'Execution',
    techniques: [
      'T1059 Command and Scripting Interpreter',
      'T1203 Exploitation for Client Execution',
      'T1053 Scheduled Task/Job',
      'T1569 System Services',
      'T1204 User Execution',
      'T1047 Windows Management Instrumentation',
    ],
  },
  {
    tag: 'persistence',
    name: 'Persistence',
    techniques: [
      'T1098 Account Manipulation',
      'T1547 Boot or Logon Autostart Execution',
      'T1136 Create Account',
      'T1543 Create or Modify System Process',
      'T1546 Event Triggered Execution',
      'T1505 Server Software Component',
    ],
  },
  {
    tag: 'privilege-escalation',
    name: 'Privilege Escalation',
    techniques: [
      'T1548 Abuse Elevation Control Mechanism',
      'T1134 Access Token Manipulation',
      'T1068 Exploitation for Privilege Escalation',
      'T1055 Process Injection',
    ],
  },
  {
    tag: 'defense-evasion',
    name: 'Defense Evasion',
    techniques: [
      'T1140 Deobfuscate/Decode Files or Information',
      'T1562 Impair Defenses',
      'T1070 Indicator Removal',
      'T1036 Masquerading',
      'T1112 Modify Registry',
      'T1027 Obfuscated Files or Information',
      'T1218 System Binary Proxy Execution',
    ],
  },
  {
    tag: 'credential-access',
    name: 'Credential Access',
    techniques: [
      'T1557 Adversary-in-the-Middle',
      'T1110 Brute Force',
      'T1555 Credentials from Password Stores',
      'T1040 Network Sniffing',
      'T1003 OS Credential Dumping',
      'T1558 Steal or Forge Kerberos Tickets',
      'T1552 Unsecured Credentials',
    ],
  },
  {
    tag: 'discovery',
    name: 'Discovery',
    techniques: [
      'T1087 Account Discovery',
      'T1083 File and Directory Discovery',
      'T1046 Network Service Discovery',
      'T1135 Network Share Discovery',
      'T1057 Process Discovery',
      'T1018 Remote System Discovery',
      'T1082 System Information Discovery',
      'T1016 System Network Configuration Discovery',
      'T1049 System Network Connections Discovery',
    ],
  },
  {
    tag: 'lateral-movement',
    name: 'Lateral Movement',
    techniques: [
      'T1210 Exploitation of Remote Services',
      'T1570 Lateral Tool Transfer',
      'T1021 Remote Services',
      'T1080 Taint Shared Content',
      'T1550 Use Alternate Authentication Material',
    ],
  },
  {
    tag: 'collection',
    name: 'Collection',
    techniques: [
      'T1560 Archive Collected Data',
      'T1119 Automated Collection',
      'T1005 Data from Local System',
      'T1039 Data from Network Shared Drive',
      'T1114 Email Collection',
    ],
  },
  {
    tag: 'command-and-control',
    name: 'Command and Control',
    techniques: [
      'T1071 Application Layer Protocol',
      'T1568 Dynamic Resolution',
      'T1573 Encrypted Channel',
      'T1105 Ingress Tool Transfer',
      'T1095 Non-Application Layer Protocol',
      'T1571 Non-Standard Port',
      'T1572 Protocol Tunneling',
      'T1090 Proxy',
      'T1219 Remote Access Software',
    ],
  },
  {
    tag: 'exfiltration',
    name: 'Exfiltration',
    techniques: [
      'T1020 Automated Exfiltration',
      'T1048 Exfiltration Over Alternative Protocol',
      'T1041 Exfiltration Over C2 Channel',
      'T1567 Exfiltration Over Web Service',
    ],
  },
  {
    tag: 'impact',
    name: 'Impact',
    techniques: [
      'T1531 Account Access Removal',
      'T1485 Data Destruction',
      'T1486 Data Encrypted for Impact',
      'T1499 Endpoint Denial of Service',
      'T1490 Inhibit System Recovery',
      'T1498 Network Denial of Service',
      'T1489 Service Stop',
    ],
  },
]
