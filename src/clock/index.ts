export { systemClock, type Clock, type Timer } from './clock.ts'
export { ManualClock } from './manual.ts'
export { waitAtMost } from './wait-at-most.ts'
export { runEach, withWatchdog } from './watchdog.ts'
