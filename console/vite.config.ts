import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { notices } from './notices.ts'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/_vedetta/ui/',
  html: { cspNonce: '__VEDETTA_NONCE__' },
  plugins: [react(), notices()],
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 1200, modulePreload: { polyfill: false } },
  server: { proxy: { '^/(?!_vedetta/ui/)': 'http://127.0.0.1:9200' } },
  logLevel: 'warn',
})
