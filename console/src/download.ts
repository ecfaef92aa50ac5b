/** Gives the person a file. */
export function download(name: string, ...parts: BlobPart[]): void {
  const anchor = document.createElement('a')
  anchor.href = URL.createObjectURL(new Blob(parts))
  anchor.download = name.replace(/[^\w.-]/g, '_')
  anchor.click()
  URL.revokeObjectURL(anchor.href)
}
