import { json, jsonParseLinter } from '@codemirror/lang-json'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { linter, lintGutter, type Diagnostic } from '@codemirror/lint'
import { EditorState, Prec, type Extension } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { basicSetup } from 'codemirror'
import { useEffect, useRef } from 'react'
import { nonce } from '../nonce.ts'
import type { CodeEditorProps, TextProblem } from './code-editor.tsx'

// Colours are variables, so that the schemes change them without a new editor.
const appearance = EditorView.theme({
  '&': { backgroundColor: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--ved-line)' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'var(--ved-panel)', color: 'var(--mantine-color-dimmed)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--ved-panel)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--ved-line) 30%, transparent)',
  },
  '.cm-tooltip, .cm-panels': { backgroundColor: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)' },
})

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--mantine-color-anchor)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ved-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--ved-number)' },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)' },
])

const LANGUAGES: Readonly<Record<CodeEditorProps['language'], Extension>> = {
  json: [json(), linter(jsonParseLinter()), lintGutter()],
  yaml: yaml(),
  text: [],
}

/** Each problem is marked from its place to the end of the line. */
function marksOf({ doc }: EditorState, problems: readonly TextProblem[] = []): Diagnostic[] {
  return problems
    .filter(({ line }) => line <= doc.lines)
    .map(({ line, column, severity, message }) => {
      const { from, to } = doc.line(line)
      return { from: Math.min(to, from + column - 1), to, severity, message }
    })
}

export default function CodeMirror({
  label,
  value,
  language,
  onChange,
  onRun,
  onCursor,
  problemsOf,
  choicesAt,
  height = 300,
}: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const latest = useRef({ onChange, onRun, onCursor, problemsOf, choicesAt })
  latest.current = { onChange, onRun, onCursor, problemsOf, choicesAt }
  const linted = problemsOf !== undefined
  const readOnly = onChange === undefined
  const first = useRef(value)
  useEffect(() => {
    const run = ({ state }: EditorView): boolean => {
      latest.current.onRun?.(state.doc.toString(), state.selection.main.head)
      return latest.current.onRun !== undefined
    }
    // The same source each time it is asked for: what it has offered is kept by it.
    const offers = [
      {
        autocomplete: ({ state, pos }: { state: EditorState; pos: number }) =>
          latest.current.choicesAt?.(state.doc.toString(), pos) ?? null,
      },
    ]
    const editor = new EditorView({
      parent: host.current!,
      doc: first.current,
      extensions: [
        EditorView.cspNonce.of(nonce()),
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
        basicSetup,
        syntaxHighlighting(colours),
        appearance,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorState.readOnly.of(readOnly),
        LANGUAGES[language],
        linted
          ? [
              linter(async ({ state }) => marksOf(state, await latest.current.problemsOf?.(state.doc.toString()))),
              lintGutter(),
            ]
          : [],
        EditorState.languageData.of(() => offers),
        EditorView.updateListener.of((update) => {
          if (update.selectionSet) latest.current.onCursor?.(update.state.selection.main.head)
          if (update.docChanged) latest.current.onChange?.(update.state.doc.toString())
        }),
      ],
    })
    // A long text is scrolled by the keyboard also where it cannot be edited.
    editor.scrollDOM.tabIndex = 0
    view.current = editor
    return () => editor.destroy()
  }, [label, language, readOnly, linted])
  useEffect(() => {
    const editor = view.current
    if (editor === undefined) return
    first.current = value
    const now = editor.state.doc.toString()
    if (now !== value) editor.dispatch({ changes: { from: 0, to: now.length, insert: value } })
  }, [value])
  return <div ref={host} className="ved-editor" style={{ height }} />
}
