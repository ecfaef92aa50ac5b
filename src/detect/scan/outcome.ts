/** How a contact went; `used` is a success in which data was exchanged. A later word only replaces a lesser one. */
export const OUTCOME = { unknown: 0, failed: 1, succeeded: 2, used: 3 } as const
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME]
