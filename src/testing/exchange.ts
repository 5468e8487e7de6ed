// One request being answered: the only place that writes to its socket, waits, hangs or breaks off.
import { once } from 'node:events'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { JournalRecorder, OpenRequest } from './journal.ts'
import { type Billing, type BodyReply, jsonReply } from './reply.ts'

/** An open answer. Every wait ends with an AbortError as soon as the client leaves or the upstream closes. */
export class Exchange {
  readonly request: OpenRequest
  /** Resolves once the journal knows how the request ended. */
  readonly ended: Promise<void>
  readonly #response: ServerResponse
  readonly #journal: JournalRecorder
  readonly #gone = new AbortController()
  #brokenOff = false

  constructor(request: OpenRequest, response: ServerResponse, journal: JournalRecorder) {
    this.request = request
    this.#response = response
    this.#journal = journal
    response.on('error', () => {})
    this.ended = new Promise((resolve) => {
      response.once('close', () => {
        this.#close()
        resolve()
      })
    })
  }

  get over(): boolean {
    return this.#gone.signal.aborted
  }

  async sleep(ms: number): Promise<void> {
    if (ms > 0) await setTimeout(ms, undefined, { signal: this.#gone.signal })
    this.#gone.signal.throwIfAborted()
  }

  /** Resolves when the gate does; rejects when the client leaves. */
  async waitFor(gate: Promise<void>): Promise<void> {
    await Promise.race([gate, this.hang()])
    this.#gone.signal.throwIfAborted()
  }

  /** Never resolves; rejects when the client leaves. */
  async hang(): Promise<never> {
    this.#gone.signal.throwIfAborted()
    await once(this.#gone.signal, 'abort')
    throw this.#gone.signal.reason
  }

  sendHeaders(status: number, headers: OutgoingHttpHeaders): void {
    this.#response.writeHead(status, headers)
    this.#response.flushHeaders()
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    this.#gone.signal.throwIfAborted()
    this.#count(bytes)
    if (this.#response.write(bytes)) return
    await once(this.#response, 'drain', { signal: this.#gone.signal })
  }

  end(): void {
    this.#response.end()
  }

  /** Headers and a whole body in one write. */
  sendWhole(status: number, headers: OutgoingHttpHeaders, body: string | Uint8Array): void {
    this.#count(body)
    this.#response.writeHead(status, headers).end(body)
  }

  sendReply(reply: BodyReply): void {
    this.sendWhole(reply.status, { 'content-type': reply.contentType, ...reply.headers }, reply.body)
  }

  /** The simulator itself is at fault: say so loudly, whoever is listening. */
  fail(error: unknown): void {
    this.#brokenOff = true
    if (this.#response.headersSent) this.#response.destroy()
    else this.sendReply(jsonReply(500, { error: `the simulated upstream failed: ${String(error)}` }))
  }

  bill(billing: Billing): void {
    this.request.billed = billing
    this.#journal.changed()
  }

  /** Destroys the socket once what was written has left this process. */
  async disconnect(): Promise<void> {
    this.#brokenOff = true
    await setImmediate()
    while (!this.over && this.#response.writableLength > 0) await setTimeout(1)
    this.#response.destroy()
  }

  /** The upstream itself is closing: what follows is not the client's doing. */
  abandon(): void {
    this.#brokenOff = true
  }

  #count(bytes: string | Uint8Array): void {
    this.request.bytesSent += typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength
    this.#journal.changed()
  }

  #close(): void {
    this.#gone.abort()
    const left = this.#brokenOff ? 'server_disconnected' : 'client_closed'
    this.#journal.requestEnded(this.request, this.#response.writableFinished ? 'complete' : left)
  }
}
