/** The one method of an interface that a lambda or a reference can stand for. */
export interface FunctionalMethod {
  readonly name: string
  readonly params: readonly string[]
  readonly returns: string
}

/** `java.util.function` and `Comparator`, each with its method: `returns name(parameters)`. */
const SIGNATURES: Readonly<Record<string, string>> = {
  'java.util.Comparator': 'int compare(def,def)',
  Function: 'def apply(def)',
  BiFunction: 'def apply(def,def)',
  UnaryOperator: 'def apply(def)',
  BinaryOperator: 'def apply(def,def)',
  Supplier: 'def get()',
  BooleanSupplier: 'boolean getAsBoolean()',
  IntSupplier: 'int getAsInt()',
  LongSupplier: 'long getAsLong()',
  DoubleSupplier: 'double getAsDouble()',
  Consumer: 'void accept(def)',
  BiConsumer: 'void accept(def,def)',
  IntConsumer: 'void accept(int)',
  LongConsumer: 'void accept(long)',
  DoubleConsumer: 'void accept(double)',
  ObjIntConsumer: 'void accept(def,int)',
  ObjLongConsumer: 'void accept(def,long)',
  ObjDoubleConsumer: 'void accept(def,double)',
  Predicate: 'boolean test(def)',
  BiPredicate: 'boolean test(def,def)',
  IntPredicate: 'boolean test(int)',
  LongPredicate: 'boolean test(long)',
  DoublePredicate: 'boolean test(double)',
  IntFunction: 'def apply(int)',
  LongFunction: 'def apply(long)',
  DoubleFunction: 'def apply(double)',
  ToIntFunction: 'int applyAsInt(def)',
  ToLongFunction: 'long applyAsLong(def)',
  ToDoubleFunction: 'double applyAsDouble(def)',
  ToIntBiFunction: 'int applyAsInt(def,def)',
  ToLongBiFunction: 'long applyAsLong(def,def)',
  ToDoubleBiFunction: 'double applyAsDouble(def,def)',
  IntUnaryOperator: 'int applyAsInt(int)',
  LongUnaryOperator: 'long applyAsLong(long)',
  DoubleUnaryOperator: 'double applyAsDouble(double)',
  IntBinaryOperator: 'int applyAsInt(int,int)',
  LongBinaryOperator: 'long applyAsLong(long,long)',
  DoubleBinaryOperator: 'double applyAsDouble(double,double)',
  IntToLongFunction: 'long applyAsLong(int)',
  IntToDoubleFunction: 'double applyAsDouble(int)',
  LongToIntFunction: 'int applyAsInt(long)',
  LongToDoubleFunction: 'double applyAsDouble(long)',
  DoubleToIntFunction: 'int applyAsInt(double)',
  DoubleToLongFunction: 'long applyAsLong(double)',
}

/** By full name. */
export const FUNCTIONAL_INTERFACES: ReadonlyMap<string, FunctionalMethod> = new Map(
  Object.entries(SIGNATURES).map(([name, signature]) => {
    const [, returns, method, params] = /^(\w+) (\w+)\(([\w,]*)\)$/.exec(signature)!
    const full = name.includes('.') ? name : `java.util.function.${name}`
    return [full, { name: method!, returns: returns!, params: params === '' ? [] : params!.split(',') }]
  }),
)
