import { Alert } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
import { addressOfLink } from '../api/saved.ts'
import { Waiting } from '../components/notices.tsx'
import { messages as m } from '../messages.ts'

/** Goes to where a short link leads. */
export default function ShortLink() {
  const { id } = useParams({ strict: false }) as { id: string }
  const { data, error } = useQuery({ queryKey: ['link', id], queryFn: () => addressOfLink(id), retry: false })
  useEffect(() => {
    // The server keeps addresses of this console alone.
    if (data?.startsWith('/_vedetta/ui/') === true) location.replace(data)
  }, [data])
  return error === null ? <Waiting /> : <Alert color="gray">{m.link.gone}</Alert>
}
