import { Skeleton } from '@mantine/core'
import { lazy, Suspense } from 'react'

export interface CodeEditorProps {
  /** Read aloud as its name. */
  readonly label: string
  readonly value: string
  readonly language: 'json' | 'yaml' | 'text'
  readonly onChange?: (value: string) => void
  /** Ctrl+Enter: gets the text and where the cursor is. */
  readonly onRun?: (text: string, cursor: number) => void
  /** Where the cursor goes, in characters. */
  readonly onCursor?: (position: number) => void
  readonly height?: number | string
}

const Editor = lazy(() => import('./code-mirror.tsx'))

/** An editor of code, loaded when the first one is shown. Without `onChange` it is read-only. */
export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Skeleton height={props.height ?? 300} />}>
      <Editor {...props} />
    </Suspense>
  )
}
