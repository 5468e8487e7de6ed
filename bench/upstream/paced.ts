/**
 * Owns the streaming upstream: as many frames as `max_tokens` asks for, one each `gapMs`, the moment of sending
 * inside each frame. With a gap of 0 it sends as fast as the connection takes them, one frame per turn of the event
 * loop. A request without `stream` gets the completion after `holdMs`.
 * Run: `node bench/upstream/paced.ts <port> <gapMs> <holdMs>`.
 */
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'

const [port = 0, gapMs = 0, holdMs = 0] = process.argv.slice(2).map(Number)
const completion = JSON.stringify(
  JSON.parse(readFileSync(join(import.meta.dirname, 'completion.json'), 'utf8')) as object,
)
const DEFAULT_FRAMES = 64

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'bench-local', object: 'model', owned_by: 'bench' }] }))
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => answer(response, Buffer.concat(chunks).toString()))
})
server.keepAliveTimeout = 60_000
server.listen({ port, host: '127.0.0.1', backlog: 4096 })

function answer(response: ServerResponse, body: string): void {
  const wanted = JSON.parse(body) as { stream?: boolean; max_tokens?: number }
  if (wanted.stream !== true) {
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': completion.length })
      response.end(completion)
    }, holdMs)
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  sendFrames(response, wanted.max_tokens ?? DEFAULT_FRAMES)
}

/** Frame n is due at start + n * gap, so that one late timer does not delay all that follow. */
function sendFrames(response: ServerResponse, frames: number): void {
  const startMs = performance.now()
  let sent = 0
  const next = () => {
    if (response.destroyed) return
    const flowing = response.write(contentFrame(sent))
    sent += 1
    if (sent === frames) {
      response.write(closingFrame(frames))
      response.end('data: [DONE]\n\n')
    } else if (gapMs > 0) {
      setTimeout(next, startMs + sent * gapMs - performance.now())
    } else if (flowing) {
      setImmediate(next)
    } else {
      response.once('drain', next)
    }
  }
  next()
}

function contentFrame(index: number): string {
  const stamp = `${String(index).padStart(4, '0')} ${process.hrtime.bigint()} `
  return frame([{ index: 0, delta: { content: stamp }, logprobs: null, finish_reason: null }], null)
}

function closingFrame(frames: number): string {
  const usage = { prompt_tokens: 214, completion_tokens: frames, total_tokens: 214 + frames }
  const stop = frame([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }], null)
  return stop + frame([], usage)
}

function frame(choices: readonly object[], usage: object | null): string {
  const head = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1767225600, model: 'bench-local' }
  return `data: ${JSON.stringify({ ...head, choices, usage })}\n\n`
}
