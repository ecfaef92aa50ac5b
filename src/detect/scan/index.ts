export { createScanDetector, type ScanDetector } from './scan-detector.ts'
export { SCAN_SETTINGS, type ScanSettings } from './settings.ts'
