import { Button, Group, Text } from '@mantine/core'
import { notifications, type NotificationData } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { alerts, type AlertChange, type AlertTask } from './api/alerts.ts'
import { messages as m } from './messages.ts'

const POLL_MILLIS = 150

export interface AlertChanges {
  /** One action of a person, which may be several requests: one notice shows how far it is, and takes back all of it. */
  change(requests: readonly AlertChange[]): Promise<void>
  /** Takes back the latest action; one that still runs is waited for. */
  undoLatest(): void
  /** Runs what else alters alerts, shows its error, and asks anew for what is shown. */
  run(work: () => Promise<unknown>): Promise<void>
}

/** Changes of alerts, told of by notices. */
export function useAlertChanges(): AlertChanges {
  const client = useQueryClient()
  const latest = useRef<Promise<readonly string[]>>(undefined)

  const run = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      notifications.show({ color: 'red', title: m.errors.title, message: (error as Error).message })
    }
    await Promise.all(
      ['alerts', 'alert-severities', 'alert'].map((key) => client.invalidateQueries({ queryKey: [key] })),
    )
  }
  const undo = (action: Promise<readonly string[]>): Promise<void> => {
    if (latest.current === action) latest.current = undefined
    return run(async () => {
      const notice = progressNotice()
      try {
        let back = 0
        for (const id of [...(await action)].reverse()) {
          const { done, error } = await finished((await alerts.undo(id)).task, ({ done: some, total }) =>
            notice.tell(back + some, back + total),
          )
          back += done
          if (error !== undefined) throw new Error(error)
        }
        notice.end({ message: m.inbox.putBack(back) })
      } catch (error) {
        notice.end({ color: 'red', title: m.errors.title, message: (error as Error).message })
      }
    })
  }
  return {
    run,
    undoLatest() {
      if (latest.current !== undefined) void undo(latest.current)
    },
    async change(requests) {
      const notice = progressNotice()
      const tasks: string[] = []
      let changed = 0
      let problem: string | undefined
      const start = async (): Promise<void> => {
        for (const request of requests) {
          const { task } = await alerts.transition(request)
          const {
            done,
            undo: undoable,
            error,
          } = await finished(task, ({ done: some, total }) => notice.tell(changed + some, changed + total))
          changed += done
          if (undoable !== false) tasks.push(task)
          if (error !== undefined) throw new Error(error)
        }
      }
      const action = start()
        .catch((error: unknown) => {
          problem = (error as Error).message
        })
        .then(() => tasks)
      latest.current = action
      await action
      notice.end({
        ...(problem === undefined ? {} : { color: 'red', title: m.errors.title }),
        message: (
          <Group>
            <Text size="sm">{problem ?? m.inbox.done(changed)}</Text>
            {tasks.length > 0 && (
              <Button
                size="compact-xs"
                variant="default"
                onClick={() => {
                  notice.hide()
                  void undo(action)
                }}
              >
                {m.common.undo}
              </Button>
            )}
          </Group>
        ),
      })
      await run(() => action)
    },
  }
}

/** A notice that says how far something is, then how it ended. */
function progressNotice() {
  const id = notifications.show({
    message: m.common.loading,
    loading: true,
    autoClose: false,
    withCloseButton: false,
  })
  return {
    tell: (done: number, total: number) =>
      notifications.update({ id, message: m.inbox.progress(done, total), loading: true }),
    end: (result: NotificationData) =>
      notifications.update({ id, loading: false, autoClose: 10_000, withCloseButton: true, ...result }),
    hide: () => notifications.hide(id),
  }
}

async function finished(task: string, tell: (state: AlertTask) => void = () => {}): Promise<AlertTask> {
  for (;;) {
    const state = await alerts.task(task)
    if (state.finished) return state
    tell(state)
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS))
  }
}
