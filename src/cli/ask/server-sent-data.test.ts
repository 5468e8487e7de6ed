// Server-sent events, whatever the pieces in which they arrive.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverSentData } from './server-sent-data.ts'

const wire = ': hello\n\ndata: {"a":"é"}\r\n\r\nevent: x\ndata:one\ndata: two\n\ndata: [DONE]\n\ndata: cut off\n'

async function read(pieces: readonly Uint8Array[]): Promise<string[]> {
  async function* source() {
    yield* pieces
  }
  const found: string[] = []
  for await (const data of serverSentData(source())) found.push(data)
  return found
}

test('the data of whole events, at every place where the bytes may be cut', async () => {
  const bytes = Buffer.from(wire)
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)]
    assert.deepEqual(await read(pieces), ['{"a":"é"}', 'one\ntwo', '[DONE]'], `cut at ${cut}`)
  }
  assert.equal((await read([...bytes].map((byte) => Buffer.of(byte)))).length, 3)
})
