export { createSilenceDetector, type SilenceSettings } from './silence-detector.ts'
