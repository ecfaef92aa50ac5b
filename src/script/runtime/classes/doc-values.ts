import type { ListValue } from '../containers.ts'
import { raise, type ScriptValue } from '../instance.ts'
import { defineClass } from './define.ts'

/** The value at a place; a document without one is told how to ask first. */
function valueAt(self: ListValue, index: number): ScriptValue {
  if (self.items.length === 0)
    throw raise(
      'IllegalStateException',
      "A document doesn't have a value for a field! Use doc[<field>].size()==0 to check if a document is missing a field!",
    )
  const value = self.items[index]
  if (value === undefined)
    throw raise('IndexOutOfBoundsException', `Index ${index} out of bounds for length ${self.items.length}`)
  return value
}

export const SCRIPT_DOC_VALUES = defineClass('org.elasticsearch.index.fielddata.ScriptDocValues', {
  extends: ['java.util.List', 'java.util.Collection', 'java.lang.Iterable', 'java.lang.Object'],
  methods: {
    'def getValue()': (_m, self: ListValue) => valueAt(self, 0),
    'def get(int)': (_m, self: ListValue, index: number) => valueAt(self, index),
    'int getLength()': (_m, self: ListValue) => self.items.length,
    'List getValues()': (_m, self: ListValue) => self,
  },
})
