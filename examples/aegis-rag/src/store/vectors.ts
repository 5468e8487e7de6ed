// Owns the search by vector: sqlite-vec where its extension loads, an exact search through all vectors where it does not.
import type { DatabaseSync } from 'node:sqlite'

export interface NearChunk {
  readonly id: number
  /** Cosine, -1 to 1. */
  readonly similarity: number
}

export interface VectorIndex {
  readonly kind: 'sqlite-vec' | 'exact'
  put(rows: readonly { readonly id: number; readonly vector: readonly number[] }[]): void
  remove(ids: readonly number[]): void
  nearest(vector: readonly number[], count: number): NearChunk[]
}

/** @param exact leaves the extension alone. */
export async function openVectors(database: DatabaseSync, exact: boolean): Promise<VectorIndex> {
  if (!exact && (await loadExtension(database))) return new VecIndex(database)
  return new ExactIndex(database)
}

/** The extension is a binary of its own for each platform, and some have none. */
async function loadExtension(database: DatabaseSync): Promise<boolean> {
  try {
    const { load } = await import('sqlite-vec')
    load(database)
    return true
  } catch {
    return false
  }
}

const bytesOf = (vector: readonly number[]) => new Uint8Array(Float32Array.from(vector).buffer)

/** A table of vec0, which has as many places in a vector as the first one that comes. */
class VecIndex implements VectorIndex {
  readonly kind = 'sqlite-vec'
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  put(rows: Parameters<VectorIndex['put']>[0]): void {
    const length = rows[0]?.vector.length
    if (length === undefined) return
    this.#database.exec(
      `create virtual table if not exists vectors using vec0(id integer primary key, embedding float[${length}] distance_metric=cosine)`,
    )
    const insert = this.#database.prepare('insert into vectors (id, embedding) values (?, ?)')
    for (const { id, vector } of rows) insert.run(BigInt(id), bytesOf(vector))
  }

  remove(ids: readonly number[]): void {
    if (!this.#exists()) return
    const remove = this.#database.prepare('delete from vectors where id = ?')
    for (const id of ids) remove.run(BigInt(id))
  }

  nearest(vector: readonly number[], count: number): NearChunk[] {
    if (!this.#exists()) return []
    return this.#database
      .prepare('select id, distance from vectors where embedding match ? and k = ? order by distance')
      .all(bytesOf(vector), BigInt(count))
      .map(({ id, distance }) => ({ id: Number(id), similarity: 1 - Number(distance) }))
  }

  #exists(): boolean {
    return this.#database.prepare("select 1 from sqlite_master where name = 'vectors'").get() !== undefined
  }
}

class ExactIndex implements VectorIndex {
  readonly kind = 'exact'
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec('create table if not exists exact_vectors (id integer primary key, embedding blob not null) strict')
  }

  put(rows: Parameters<VectorIndex['put']>[0]): void {
    const insert = this.#database.prepare('insert or replace into exact_vectors values (?, ?)')
    for (const { id, vector } of rows) insert.run(id, bytesOf(vector))
  }

  remove(ids: readonly number[]): void {
    const remove = this.#database.prepare('delete from exact_vectors where id = ?')
    for (const id of ids) remove.run(id)
  }

  nearest(vector: readonly number[], count: number): NearChunk[] {
    return this.#database
      .prepare('select id, embedding from exact_vectors')
      .all()
      .map(({ id, embedding }) => ({ id: Number(id), similarity: cosine(vector, floatsOf(embedding as Uint8Array)) }))
      .toSorted((left, right) => right.similarity - left.similarity)
      .slice(0, count)
  }
}

function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}

function cosine(left: readonly number[], right: Float32Array): number {
  let [dot, leftSquares, rightSquares] = [0, 0, 0]
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0
    dot += value * other
    leftSquares += value * value
    rightSquares += other * other
  }
  return dot / (Math.sqrt(leftSquares * rightSquares) || 1)
}
