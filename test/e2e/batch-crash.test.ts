// Proves that a batch survives the death of the process that works on it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { asking, batchEnd, readBatch, resultsOf, startBatch, upload } from './batch-client.ts'
import { serve, startUpstreams, writeConfig } from './served.ts'
import { temporaryFolder, until } from './world.ts'

test('killed in the middle of a batch, the next process answers what is left, and each line once', async () => {
  using folder = temporaryFolder()
  await using up = await startUpstreams()
  writeConfig(folder.path, up, 'content: { batch_concurrency: 2 }')
  const chats = () => up.local.journal.requests.filter(({ path }) => path === '/api/chat').length
  up.local.next({}, {}, {}, { hang: 'before_headers' }, { hang: 'before_headers' })
  const lines = Array.from({ length: 8 }, (_, index) => asking(`q${index}`, `Question ${index}`))
  let id: string
  {
    await using served = await serve(folder.path)
    id = (await startBatch(served.url, await upload(served.url, lines))).json.id as string
    await until(() => chats() === 5, 'two hang')
    await until(async () => (await readBatch(served.url, id)).request_counts.completed === 3, 'three are kept')
    served.child.kill('SIGKILL')
    await once(served.child, 'exit')
  }
  up.local.reset()
  const before = chats()
  await using again = await serve(folder.path)
  assert.equal((await readBatch(again.url, id)).status, 'in_progress')
  const batch = await batchEnd(again.url, id)
  assert.equal(batch.status, 'completed')
  assert.deepEqual(batch.request_counts, { total: 8, completed: 8, failed: 0 })
  const results = await resultsOf(again.url, batch)
  assert.deepEqual([...results.keys()].toSorted(), lines.map(({ custom_id: name }) => name).toSorted())
  assert.equal(chats() - before, 5, 'what had its answer is not asked again')
})
