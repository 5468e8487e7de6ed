// Proves LangChain's embeddings over Aegis: order, size of requests, models, classification, errors.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AegisError } from '../../src/index.ts'
import { AegisEmbeddings } from '../../src/langchain/index.ts'
import { arrived, connectionKinds, localEmbeddingModel, startConnected } from '../make/connection.ts'

const cosine = (left: readonly number[], right: readonly number[]) =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)

for (const kind of connectionKinds) {
  describe(`AegisEmbeddings over ${kind}`, () => {
    test('gives a vector for each text in their order, the same as for the text alone', async () => {
      await using world = await startConnected(kind)
      const embeddings = new AegisEmbeddings({ ...world.connection, textsPerRequest: 2 })
      const texts = ['one', 'two', 'three', 'four', 'five']
      const vectors = await embeddings.embedDocuments(texts)
      assert.equal(vectors.length, 5)
      assert.equal(arrived(world.local).length, 3)
      for (const [index, text] of texts.entries()) {
        assert.ok(cosine(vectors[index] ?? [], await embeddings.embedQuery(text)) > 0.9999)
      }
      assert.deepEqual(await embeddings.embedDocuments([]), [])
    })

    test('names the model, shortens the vectors, and says what they cost', async () => {
      await using world = await startConnected(kind)
      const embeddings = new AegisEmbeddings({
        ...world.connection,
        model: 'text-embedding-3-small',
        dimensions: 8,
        dataClassification: 'public',
      })
      const answer = await embeddings.embed(['a text'])
      assert.deepEqual(
        [answer.provider, answer.model, answer.vectors[0]?.length],
        ['openai', 'text-embedding-3-small', 8],
      )
      assert.ok((answer.costUsd ?? 0) > 0)
    })

    test('embeds restricted texts at home, whatever was named, and a call cannot lower that', async () => {
      await using world = await startConnected(kind)
      const embeddings = new AegisEmbeddings({
        ...world.connection,
        model: 'text-embedding-3-small',
        dataClassification: 'hipaa',
      })
      const answer = await embeddings.embed(['a record'], { dataClassification: 'public' })
      assert.deepEqual([answer.location, answer.model, answer.classification], ['local', localEmbeddingModel, 'hipaa'])
      assert.equal(arrived(world.openai).length, 0)
    })

    test('fails with the code of Aegis', async () => {
      await using world = await startConnected(kind)
      await world.local.stopListening()
      const embeddings = new AegisEmbeddings({ ...world.connection, dataClassification: 'pii' })
      await assert.rejects(
        embeddings.embedQuery('a record'),
        (error) => error instanceof AegisError && error.code === 'local_unavailable_for_restricted_data',
      )
      await assert.rejects(
        new AegisEmbeddings({ ...world.connection }).embedQuery(''),
        (error) => error instanceof AegisError && error.code === 'invalid_request',
      )
    })
  })
}
