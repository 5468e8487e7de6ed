/** Owns the exact latency of one request after another over one kept-alive connection, on a raw socket. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ChatRequest, chatBody } from './chat-request.ts'

const ANSWER_TIMEOUT_MS = 5_000
const HEAD_END = '\r\n\r\n'

/** Sends requests for `seconds` and returns each one's time in ms, from write to the last byte of the answer. */
export async function timeRequests(port: number, request: ChatRequest, seconds: number): Promise<number[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const bytes = render(request)
  const timesMs: number[] = []
  const endMs = performance.now() + seconds * 1_000
  try {
    while (performance.now() < endMs) {
      const start = process.hrtime.bigint()
      const end = await exchange(socket, bytes)
      timesMs.push(Number(end - start) / 1e6)
    }
  } finally {
    socket.destroy()
  }
  return timesMs
}

function render(request: ChatRequest): Buffer {
  const body = chatBody(request.model)
  const headers = Object.entries({ host: 'bench', ...request.headers, 'content-length': `${body.length}` })
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(`POST /v1/chat/completions HTTP/1.1\r\n${lines.join('\r\n')}${HEAD_END}${body}`)
}

/** Writes one request and resolves with the moment at which its whole answer had been read. */
function exchange(socket: Socket, bytes: Buffer): Promise<bigint> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const finish = (error?: Error) => {
      const now = process.hrtime.bigint()
      clearTimeout(overdue)
      socket.removeAllListeners()
      if (error) reject(error)
      else if (answer.startsWith('HTTP/1.1 200')) resolve(now)
      else reject(new Error(`answered ${answer.slice(0, answer.indexOf('\r\n'))}`))
    }
    const overdue = setTimeout(() => finish(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`)), ANSWER_TIMEOUT_MS)
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (isWhole(answer)) finish()
    })
    socket.on('error', finish)
    socket.on('close', () => finish(new Error('the connection was closed')))
    socket.write(bytes)
  })
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf(HEAD_END)
  if (headEnd < 0) return false
  const length = answer.slice(0, headEnd).match(/\r\ncontent-length: *(\d+)/i)?.[1]
  if (length === undefined) return answer.endsWith('0\r\n\r\n')
  return answer.length >= headEnd + HEAD_END.length + Number(length)
}
