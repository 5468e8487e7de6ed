// Owns the SQLite file of the pipeline: documents, their chunks, the graph, and beside them the vectors.
import { DatabaseSync } from 'node:sqlite'
import type { DataClassification } from 'aegis-llm'
import type { LoadedDocument } from '../corpus/load-corpus.ts'
import { openVectors, type VectorIndex } from './vectors.ts'

/** A piece of a document, as sensitive as the document. */
export interface Chunk {
  readonly id: number
  readonly path: string
  readonly title: string
  readonly text: string
  readonly classification: DataClassification
}

export interface StoredDocument {
  readonly path: string
  readonly title: string
  readonly hash: string
  readonly classification: DataClassification
  readonly critical: boolean
  readonly extracted: boolean
  readonly embedded: boolean
  /** The error code that it waits for to pass, such as `local_unavailable_for_restricted_data`. */
  readonly waitsFor: string | undefined
}

/** A relation that a chunk states, as sensitive as the chunk. */
export interface Relation {
  readonly source: string
  readonly relation: string
  readonly target: string
}

export interface Fact extends Relation {
  readonly chunk: Chunk
}

const SCHEMA = `
  pragma journal_mode = wal;
  pragma foreign_keys = on;
  create table if not exists documents (
    path text primary key, title text not null, hash text not null, classification text not null,
    critical integer not null, extracted integer not null default 0, embedded integer not null default 0, waits_for text
  ) strict;
  create table if not exists chunks (
    id integer primary key, path text not null references documents (path) on delete cascade,
    ordinal integer not null, text text not null, classification text not null
  ) strict;
  create table if not exists entities (
    chunk_id integer not null references chunks (id) on delete cascade,
    name text not null, type text not null, classification text not null, primary key (chunk_id, name)
  ) strict;
  create table if not exists relations (
    chunk_id integer not null references chunks (id) on delete cascade,
    source text not null, relation text not null, target text not null, classification text not null,
    primary key (chunk_id, source, relation, target)
  ) strict;
  create index if not exists entity_names on entities (name);`

const CHUNK_COLUMNS = 'chunks.id, chunks.path, documents.title, chunks.text, chunks.classification'
const CHUNKS = `chunks join documents on documents.path = chunks.path`

export class Store implements Disposable {
  readonly #database: DatabaseSync
  readonly vectors: VectorIndex

  private constructor(database: DatabaseSync, vectors: VectorIndex) {
    this.#database = database
    this.vectors = vectors
  }

  /** @param file a path, or `:memory:` */
  static async open(file: string, options: { readonly exact?: boolean } = {}): Promise<Store> {
    const database = new DatabaseSync(file, { allowExtension: true })
    database.exec(SCHEMA)
    return new Store(database, await openVectors(database, options.exact ?? false))
  }

  /** The document and its chunks, in place of what it was before. */
  putDocument(
    { path, title, hash }: LoadedDocument,
    classification: DataClassification,
    critical: boolean,
    chunks: readonly string[],
  ): void {
    this.#inOneStep(() => {
      this.removeDocument(path)
      const values = [path, title, hash, classification, critical ? 1 : 0]
      this.#database
        .prepare('insert into documents (path, title, hash, classification, critical) values (?, ?, ?, ?, ?)')
        .run(...values)
      const insert = this.#database.prepare(
        'insert into chunks (path, ordinal, text, classification) values (?, ?, ?, ?)',
      )
      for (const [ordinal, text] of chunks.entries()) insert.run(path, ordinal, text, classification)
    })
  }

  removeDocument(path: string): void {
    this.vectors.remove(this.chunksOf(path).map(({ id }) => id))
    this.#database.prepare('delete from documents where path = ?').run(path)
  }

  documents(): StoredDocument[] {
    return this.#database
      .prepare('select * from documents order by path')
      .all()
      .map((row) => ({
        path: String(row.path),
        title: String(row.title),
        hash: String(row.hash),
        classification: row.classification as DataClassification,
        critical: row.critical === 1,
        extracted: row.extracted === 1,
        embedded: row.embedded === 1,
        waitsFor: row.waits_for === null ? undefined : String(row.waits_for),
      }))
  }

  chunksOf(path: string): Chunk[] {
    const sql = `select ${CHUNK_COLUMNS} from ${CHUNKS} where chunks.path = ? order by ordinal`
    return this.#database.prepare(sql).all(path).map(chunkOf)
  }

  chunk(id: number): Chunk | undefined {
    const row = this.#database.prepare(`select ${CHUNK_COLUMNS} from ${CHUNKS} where chunks.id = ?`).get(id)
    return row && chunkOf(row)
  }

  /** All that was extracted from a document, at once: a document has its whole graph or none. */
  putGraph(
    path: string,
    found: readonly {
      readonly chunk: Chunk
      readonly entities: readonly { name: string; type: string }[]
      readonly relations: readonly Relation[]
    }[],
  ): void {
    const entity = this.#database.prepare('insert or ignore into entities values (?, ?, ?, ?)')
    const relation = this.#database.prepare('insert or ignore into relations values (?, ?, ?, ?, ?)')
    this.#inOneStep(() => {
      for (const { chunk, entities, relations } of found) {
        for (const { name, type } of entities) entity.run(chunk.id, name, type, chunk.classification)
        for (const one of relations) relation.run(chunk.id, one.source, one.relation, one.target, chunk.classification)
      }
      this.#database.prepare('update documents set extracted = 1 where path = ?').run(path)
    })
  }

  putVectors(path: string, chunks: readonly Chunk[], vectors: readonly (readonly number[])[]): void {
    this.#inOneStep(() => {
      this.vectors.put(chunks.map(({ id }, index) => ({ id, vector: vectors[index] ?? [] })))
      this.#database.prepare('update documents set embedded = 1 where path = ?').run(path)
    })
  }

  setWaitsFor(path: string, code: string | undefined): void {
    this.#database.prepare('update documents set waits_for = ? where path = ?').run(code ?? null, path)
  }

  /** Names of the graph that stand in a text. */
  namesIn(text: string): string[] {
    return this.#database
      .prepare('select distinct name from entities where instr(lower(?), lower(name)) > 0 order by name')
      .all(text)
      .map(({ name }) => String(name))
  }

  /** Relations between two of these names; when there are none, from or to one of them. */
  factsAbout(names: readonly string[], limit: number): Fact[] {
    const between = this.#facts(names, 'and', limit)
    return between.length > 0 ? between : this.#facts(names, 'or', limit)
  }

  #facts(names: readonly string[], ends: 'and' | 'or', limit: number): Fact[] {
    const marks = names.map(() => '?').join(', ')
    const sql = `select ${CHUNK_COLUMNS}, relations.source, relations.relation, relations.target
      from relations join chunks on chunks.id = relations.chunk_id join documents on documents.path = chunks.path
      where relations.source in (${marks}) ${ends} relations.target in (${marks}) order by chunks.id limit ?`
    return this.#database
      .prepare(sql)
      .all(...names, ...names, limit)
      .map((row) => ({
        chunk: chunkOf(row),
        source: String(row.source),
        relation: String(row.relation),
        target: String(row.target),
      }))
  }

  /** How many rows there are of each table and classification. */
  counts(): { readonly table: string; readonly classification: string; readonly rows: number }[] {
    return ['documents', 'chunks', 'entities', 'relations'].flatMap((table) =>
      this.#database
        .prepare(`select classification, count(*) as number from ${table} group by classification order by 1`)
        .all()
        .map((row) => ({ table, classification: String(row.classification), rows: Number(row.number) })),
    )
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  #inOneStep(work: () => void): void {
    this.#database.exec('begin immediate')
    try {
      work()
      this.#database.exec('commit')
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    }
  }
}

function chunkOf(row: Record<string, unknown>): Chunk {
  return {
    id: Number(row.id),
    path: String(row.path),
    title: String(row.title),
    text: String(row.text),
    classification: row.classification as DataClassification,
  }
}
