import { ExceptionValue } from '../instance.ts'
import { defineClass, type ClassSpec } from './define.ts'

const THROWABLE = defineClass('java.lang.Throwable', {
  methods: {
    'String getMessage()': (_m, e: ExceptionValue) => e.message,
    'String getLocalizedMessage()': (_m, e: ExceptionValue) => e.message,
    'Throwable getCause()': (_m, e: ExceptionValue) => e.cause,
  },
})

/** Exceptions by the class they extend. */
const TREE: Readonly<Record<string, readonly string[]>> = {
  'java.lang.Throwable': ['java.lang.Exception', 'java.lang.Error'],
  'java.lang.Exception': ['java.lang.RuntimeException', 'java.text.ParseException', 'java.io.IOException'],
  'java.lang.Error': ['java.lang.AssertionError', 'java.lang.StackOverflowError'],
  'java.lang.AssertionError': ['org.codehaus.groovy.runtime.powerassert.PowerAssertionError'],
  'java.lang.RuntimeException': [
    'java.lang.ArithmeticException',
    'java.lang.ClassCastException',
    'java.lang.IllegalArgumentException',
    'java.lang.IllegalStateException',
    'java.lang.IndexOutOfBoundsException',
    'java.lang.NegativeArraySizeException',
    'java.lang.NullPointerException',
    'java.lang.UnsupportedOperationException',
    'java.lang.ArrayStoreException',
    'java.util.NoSuchElementException',
    'java.util.ConcurrentModificationException',
    'java.util.EmptyStackException',
    'java.time.DateTimeException',
    'groovy.lang.GroovyRuntimeException',
  ],
  'java.lang.ClassCastException': ['org.codehaus.groovy.runtime.typehandling.GroovyCastException'],
  'java.lang.IllegalArgumentException': [
    'java.lang.NumberFormatException',
    'java.util.IllegalFormatException',
    'java.util.regex.PatternSyntaxException',
  ],
  'java.util.IllegalFormatException': [
    'java.util.MissingFormatArgumentException',
    'java.util.IllegalFormatConversionException',
    'java.util.IllegalFormatPrecisionException',
    'java.util.IllegalFormatWidthException',
    'java.util.UnknownFormatConversionException',
  ],
  'java.lang.IndexOutOfBoundsException': [
    'java.lang.ArrayIndexOutOfBoundsException',
    'java.lang.StringIndexOutOfBoundsException',
  ],
  'java.util.NoSuchElementException': ['java.util.InputMismatchException'],
  'java.time.DateTimeException': [
    'java.time.format.DateTimeParseException',
    'java.time.temporal.UnsupportedTemporalTypeException',
    'java.time.zone.ZoneRulesException',
  ],
  'groovy.lang.GroovyRuntimeException': ['groovy.lang.MissingPropertyException', 'groovy.lang.MissingMethodException'],
}

export const THROWABLES: readonly ClassSpec[] = [
  THROWABLE,
  ...Object.entries(TREE).flatMap(([parent, names]) =>
    names.map((name) => {
      const simple = name.slice(name.lastIndexOf('.') + 1)
      return defineClass(name, {
        extends: [parent],
        new: {
          [`${simple}()`]: () => new ExceptionValue(name, null),
          [`${simple}(String)`]: (_m: unknown, _s: null, message: string | null) => new ExceptionValue(name, message),
          [`${simple}(String,Throwable)`]: (_m: unknown, _s: null, message: string | null, cause: ExceptionValue) =>
            new ExceptionValue(name, message, cause),
        },
      })
    }),
  ),
]
