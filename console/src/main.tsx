import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import 'uplot/dist/uPlot.min.css'
import './theme.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/request.ts'
import { nonce } from './nonce.ts'
import { router } from './router.tsx'
import { SessionGate } from './session-gate.tsx'
import { theme, variables } from './theme.ts'

setNonce(nonce())

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      // While the connection is lost every screen asks again; what was refused is refused again.
      retry: (count, error) => error instanceof ApiError && error.kind === 'offline' && count < 20,
      retryDelay: (count) => Math.min(5_000, 500 * 2 ** count),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={nonce}>
    <QueryClientProvider client={client}>
      <Notifications position="bottom-right" autoClose={6000} />
      <SessionGate>
        <RouterProvider router={router} />
      </SessionGate>
    </QueryClientProvider>
  </MantineProvider>,
)
