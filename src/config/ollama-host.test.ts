import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ollamaUrl } from './ollama-host.ts'

const hosts: readonly (readonly [text: string, url: string | undefined])[] = [
  ['127.0.0.1', 'http://127.0.0.1:11434'],
  ['localhost', 'http://localhost:11434'],
  ['gpu-box', 'http://gpu-box:11434'],
  ['gpu-box:9000', 'http://gpu-box:9000'],
  ['gpu-box:80', 'http://gpu-box'],
  [':9000', 'http://127.0.0.1:9000'],
  ['0.0.0.0', 'http://127.0.0.1:11434'],
  ['0.0.0.0:9000', 'http://127.0.0.1:9000'],
  ['http://0.0.0.0:9000', 'http://127.0.0.1:9000'],
  ['[::]:9000', 'http://127.0.0.1:9000'],
  ['::', 'http://127.0.0.1:11434'],
  ['::1', 'http://[::1]:11434'],
  ['[::1]', 'http://[::1]:11434'],
  ['[::1]:9000', 'http://[::1]:9000'],
  ['http://gpu-box', 'http://gpu-box'],
  ['http://gpu-box:11434/', 'http://gpu-box:11434'],
  ['https://gpu.example/ollama', 'https://gpu.example/ollama'],
  ['gpu-box/ollama', 'http://gpu-box:11434/ollama'],
  ['ollama.com', 'https://ollama.com'],
  [' "127.0.0.1:9000" ', 'http://127.0.0.1:9000'],
  ['http://user:secret@gpu', undefined],
  ['ftp://gpu', undefined],
  ['gpu:99999', undefined],
  ['a b', undefined],
]

for (const [text, url] of hosts) {
  test(`OLLAMA_HOST=${text} is ${url ?? 'not an address'}`, () => {
    assert.equal(ollamaUrl(text), url)
  })
}
