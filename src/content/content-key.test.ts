// Proves the content key: made once, private, the same for all who find it, and never for a file that is damaged.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { Secret } from '../domain/secret.ts'
import { ContentKeyError, loadContentKey } from './content-key.ts'

function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'aegis-key-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

test('a key file is made once, for its owner only, and found again', () => {
  using place = folder()
  const path = join(place.path, 'deep', 'content.key')
  const made = loadContentKey({ from: 'file', path })
  assert.equal(made.bytes.length, 32)
  assert.deepEqual(loadContentKey({ from: 'file', path }), made)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(place.path, 'deep')), ['content.key'], 'no draft is left')
})

test('several threads that make the key at once all have the same one', async () => {
  using place = folder()
  const path = join(place.path, 'content.key')
  const code = `
    import { parentPort, workerData } from 'node:worker_threads'
    const { loadContentKey } = await import(workerData.module)
    parentPort.postMessage(loadContentKey({ from: 'file', path: workerData.path }).name)`
  const module = new URL('./content-key.ts', import.meta.url).href
  const names = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`)
      const worker = new Worker(url, { workerData: { module, path } })
      return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    }),
  )
  assert.equal(new Set(names).size, 1)
})

test('a damaged file is an error that says what to do, and is left as it is', () => {
  using place = folder()
  const path = join(place.path, 'content.key')
  writeFileSync(path, 'not a key')
  assert.throws(() => loadContentKey({ from: 'file', path }), ContentKeyError)
  assert.throws(() => loadContentKey({ from: 'file', path }), /Restore it/)
  assert.equal(statSync(path).size, 9)
})

test('the same secret is the same key everywhere, another one is another, and its name tells nothing of it', () => {
  const load = (text: string) => loadContentKey({ from: 'secret', secret: new Secret(text) })
  const key = load('a-secret-of-sixteen')
  assert.deepEqual(load('a-secret-of-sixteen'), key)
  assert.notEqual(load('another-of-sixteen!').name, key.name)
  assert.match(key.name, /^[0-9a-f]{16}$/)
  assert.ok(!key.bytes.toString('hex').includes(key.name))
  assert.doesNotMatch(inspect(key.name), /secret/)
})

test('a key from nowhere is a new one each time', () => {
  const names = Array.from({ length: 3 }, () => loadContentKey({ from: 'nowhere' }).name)
  assert.equal(new Set(names).size, 3)
})
