import { createTheme, type CSSVariablesResolver } from '@mantine/core'
import { messages } from './messages.ts'

/** Shades at which text on colour and colour on ground have the contrast of WCAG AA, in both schemes. */
export const theme = createTheme({
  primaryColor: 'cyan',
  autoContrast: true,
  luminanceThreshold: 0.22,
  primaryShade: { light: 9, dark: 9 },
  defaultRadius: 'sm',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  respectReducedMotion: true,
  components: {
    Anchor: { defaultProps: { underline: 'hover' } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': messages.common.close } } },
    Tooltip: { defaultProps: { openDelay: 400 } },
  },
})

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-anchor': 'var(--mantine-color-cyan-9)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-cyan-filled-hover': '#095c69',
    '--mantine-color-red-filled-hover': '#a61e1e',
    '--ved-line': '#0b7285',
    '--ved-grid': '#e9ecef',
    '--ved-ink': '#343a40',
    '--ved-panel': '#f8f9fa',
    '--ved-alarm': '#c92a2a',
    '--ved-string': '#2b6a2f',
    '--ved-number': '#9c3605',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-anchor': 'var(--mantine-color-cyan-4)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    '--mantine-color-cyan-filled-hover': '#095c69',
    '--mantine-color-red-filled-hover': '#a61e1e',
    '--ved-line': '#3bc9db',
    '--ved-grid': '#373a40',
    '--ved-ink': '#ced4da',
    '--ved-panel': '#1f2023',
    '--ved-alarm': '#ff8787',
    '--ved-string': '#8ce99a',
    '--ved-number': '#ffc078',
  },
})

/** Colours of severities: the ground of a badge and its text, the same in both schemes. */
export const SEVERITY_COLOURS: Readonly<Record<string, { ground: string; text: string }>> = {
  critical: { ground: '#a61e4d', text: '#ffffff' },
  high: { ground: '#c92a2a', text: '#ffffff' },
  medium: { ground: '#ffc078', text: '#1a1300' },
  low: { ground: '#a5d8ff', text: '#06243a' },
  informational: { ground: '#ced4da', text: '#16191d' },
}
