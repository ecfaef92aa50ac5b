/** MurmurHash3, 32 bits (Austin Appleby, public domain), as Lucene and Elasticsearch hash terms and routings. */
export function murmur3(bytes: Uint8Array, seed: number): number {
  const [c1, c2] = [0xcc9e2d51, 0x1b873593]
  const blocks = bytes.length & ~3
  let hash = seed | 0
  for (let i = 0; i < blocks; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    k = Math.imul(k, c1)
    k = (k << 15) | (k >>> 17)
    hash ^= Math.imul(k, c2)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let i = bytes.length - 1; i >= blocks; i--) tail = (tail << 8) | bytes[i]!
  if (blocks < bytes.length) {
    tail = Math.imul(tail, c1)
    tail = (tail << 15) | (tail >>> 17)
    hash ^= Math.imul(tail, c2)
  }
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}
