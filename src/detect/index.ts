export type { Detector, SeenEvent } from './detector.ts'
