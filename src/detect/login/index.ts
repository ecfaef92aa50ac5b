export { createLoginDetector, LOGIN_SETTINGS, type LoginSettings } from './login-detector.ts'
