import { Skeleton } from '@mantine/core'
import { lazy, Suspense } from 'react'

/** What is wrong with a text at a place; lines and columns count from 1. */
export interface TextProblem {
  readonly line: number
  readonly column: number
  readonly severity: 'error' | 'warning'
  readonly message: string
}

/** What may be written in place of what stands from a place on, with a word about each. */
export interface Choices {
  readonly from: number
  readonly options: readonly { readonly label: string; readonly detail?: string }[]
}

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
  /** Asked a moment after each change. */
  readonly problemsOf?: (text: string) => Promise<readonly TextProblem[]>
  readonly choicesAt?: (text: string, position: number) => Choices | undefined
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
