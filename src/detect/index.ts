export type { Detector, SeenEvent } from './detector.ts'
export { createDetection, type Detection, type DetectionOptions, type DetectorStatus } from './engine.ts'
export { createLoginDetector, LOGIN_SETTINGS, type LoginSettings } from './login/index.ts'
export { createSilenceDetector, type SilenceSettings } from './silence/index.ts'
