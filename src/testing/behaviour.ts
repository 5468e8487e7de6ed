// What a test can make a simulated upstream do with one request.
import type { JsonValue } from './json-value.ts'

/**
 * A tool call that the simulated model makes. `arguments` as a string is sent as it is, so it may be broken JSON.
 *
 * @example
 * upstream.next({ toolCalls: [{ name: 'get_weather', arguments: { city: 'Bern' } }] })
 */
export interface ScriptedToolCall {
  readonly name: string
  readonly arguments: JsonValue
}

/**
 * Token counts to report in place of the simulated ones, in OpenAI's words; Ollama's `prompt_eval_count` and
 * `eval_count` are taken from the first two. `total_tokens` is their sum unless given.
 *
 * @example
 * upstream.next({
 *   usage: { prompt_tokens: 2_000, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 1_536 } },
 * })
 */
export interface ScriptedUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens?: number
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number
    /** Tokens written into the cache, for wires that report them. */
    readonly cache_write_tokens?: number
    readonly audio_tokens?: number
  }
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number; readonly audio_tokens?: number }
}

/**
 * What one request meets. Every field is optional and they combine; `{}` is a healthy answer.
 *
 * A *frame* is one event of a stream: an SSE event (`data: …`, the role delta and `[DONE]` count), or one NDJSON line.
 * Comments are not frames. A reply that is not a stream has two frames, the halves of its body.
 *
 * @example
 * upstream.next({ status: 429, headers: { 'retry-after': '2' } }, { disconnectAfter: 3, chunkGapMs: 5 }, {})
 */
export interface Behaviour {
  /** Wait before the status line and headers. */
  readonly delayHeadersMs?: number
  /** Send nothing before this resolves: the test says when, not a clock. */
  readonly heldUntil?: Promise<void>
  /** Wait before the first output frame; for a reply that is not a stream, before the headers. */
  readonly timeToFirstTokenMs?: number
  /** Wait before every further output frame; a reply that is not a stream waits for all of them before the headers. */
  readonly chunkGapMs?: number

  /** The reply's text, in place of the default one. `max_tokens` and `stop` apply to it. */
  readonly text?: string
  /** The reply's text in exactly these content frames. `max_tokens` and `stop` do not apply. */
  readonly chunks?: readonly string[]
  /** Reasoning that comes before the text. */
  readonly thinking?: string
  /** Call these tools, whatever tools the request offered; an empty list calls none. */
  readonly toolCalls?: readonly ScriptedToolCall[]
  /** In place of the finish reason that follows from the request, for example `content_filter`. */
  readonly finishReason?: string
  /**
   * How usage is reported.
   * - not set: as the real server does; OpenAI streams it only if `stream_options.include_usage` asks for it
   * - `present`: in its own chunk after `finish_reason`, asked for or not
   * - `late`: the same, 50 ms after `finish_reason`
   * - `inline`: on the last content chunk, before `finish_reason`
   * - `absent`: not at all, even if asked for
   * - `zero`: zeros, asked for or not
   * - an object: these numbers, where the real server would report its own
   *
   * Ollama's native wire knows one place only: there `present`, `late` and `inline` are the same as not set.
   */
  readonly usage?: 'present' | 'absent' | 'late' | 'zero' | 'inline' | ScriptedUsage

  /** The exact frames of the answer to a request that streams, each written separately, then a proper end. */
  readonly rawFrames?: readonly (string | Uint8Array)[]
  /**
   * The exact body. If `rawFrames` is set as well, this one answers the requests that do not stream; alone, each of
   * the two answers both kinds.
   */
  readonly rawBody?: string | Uint8Array
  /** The content type of `rawFrames` or `rawBody`. */
  readonly contentType?: string

  /** An error status makes the whole answer an error; any other only replaces the 200. */
  readonly status?: number
  /** The body of the error (a string is sent as it is), or of the in-band error; the wire's usual one if not set. */
  readonly errorBody?: JsonValue
  /** Added to the answer's headers; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Answer with a redirect to this address: 307, or `status`. */
  readonly redirectTo?: string

  /**
   * After this many frames of a 200 fail in the stream and end it; 0 fails first. The failure is `{"error": …}` as an
   * event; only Ollama's /v1 leaves an empty chunk instead, unless `errorBody` says otherwise.
   */
  readonly inBandErrorAfter?: number
  /** After this many frames end the response properly, as if it were complete. */
  readonly truncateAfter?: number
  /** After this many frames destroy the socket; 0 is right after the headers, -1 before them. */
  readonly disconnectAfter?: number
  /** Stop sending for ever: before the headers, after them, or after the first output frame (after all `rawFrames`). */
  readonly hang?: 'before_headers' | 'after_headers' | 'mid_stream'

  /** `crlf` ends the lines of a generated stream with CR LF. */
  readonly lineEnding?: 'lf' | 'crlf'
  /** Send `: keep-alive` before every frame of an SSE stream. */
  readonly comments?: boolean
}
