import { notifications } from '@mantine/notifications'
import { messages as m } from './messages.ts'

/** Does what a person asked for; says that it is done, or why not. */
export async function saying(work: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work()
    if (done !== undefined) notifications.show({ message: done })
    return true
  } catch (error) {
    notifications.show({ color: 'red', title: m.errors.title, message: (error as Error).message })
    return false
  }
}
