import type { Transport } from '../../packet/index.ts'
import type { Outcome } from './outcome.ts'

export type Technique =
  | 'syn'
  | 'connect'
  | 'fin'
  | 'null'
  | 'xmas'
  | 'maimon'
  | 'ack'
  | 'udp'
  | 'sctp'
  | 'ip-protocol'
  | 'fragments'
  | 'discovery'

/** What one packet, flow or log line says of who asked whom. */
export interface Contact {
  readonly time: number
  /** Who began, and who was asked, also where the packet is an answer. */
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  /** The port asked for, the number of the protocol for `ip`, -1 without. */
  readonly port: number
  readonly transport: Transport
  readonly technique: Technique
  readonly outcome: Outcome
  /** An answer says how a contact went that was seen before; it makes none. */
  readonly answer: boolean
  /** An answer in which only an open port shows. */
  readonly open: boolean
  /** Data was exchanged. */
  readonly data: boolean
  /**
   * The record is of one direction and may as well be of the answer, which only what was asked before tells: one of packets
   * without options refuses, a longer one grants.
   */
  readonly oneWay: 'bare' | 'longer' | undefined
  /** The tool that sends such packets. */
  readonly tool: string | undefined
  readonly sequence: number | undefined
  readonly evidence?: { readonly index?: string; readonly id?: string }
}
