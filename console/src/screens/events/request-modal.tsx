import { Anchor, Code, Modal, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { messages as m } from '../../messages.ts'

/** The search of the screen, to use elsewhere. */
export function RequestModal({ index, dsl, onClose }: { index: string; dsl: object | undefined; onClose: () => void }) {
  const body = JSON.stringify({ query: dsl, sort: [{ '@timestamp': 'desc' }] }, undefined, 2)
  const quoted = JSON.stringify({ query: dsl }).replaceAll("'", "'\\''")
  return (
    <Modal
      opened
      onClose={onClose}
      title={m.events.request}
      size="lg"
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <Code block>{`POST /${index}/_search\n${body}`}</Code>
      <Code block mt="sm" className="ved-wrap">
        {`curl -s '${location.origin}/${index}/_search' -H 'content-type: application/json' -d '${quoted}'`}
      </Code>
      <Text size="sm" mt="sm">
        <Anchor component={Link} to={'/requests' as never} search={{ r: `POST /${index}/_search\n${body}` } as never}>
          {m.events.openRequest}
        </Anchor>
      </Text>
    </Modal>
  )
}
