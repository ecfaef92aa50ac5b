import { raise } from '../instance.ts'

export function checkBounds(index: number, size: number): void {
  if (index < 0 || index >= size)
    throw raise('IndexOutOfBoundsException', `Index ${index} out of bounds for length ${size}`)
}
