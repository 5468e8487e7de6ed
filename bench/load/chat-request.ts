/** Owns the chat request that every load sends: 1.2 KB, OpenAI wire. */

/** What differs between loads; the rest of the request is the same for every proxy. */
export interface ChatRequest {
  readonly model: string
  /** Header names in lower case. `authorization` and `content-type` are among them. */
  readonly headers: Readonly<Record<string, string>>
}

/** Size of the body without streaming, in bytes. */
export const BODY_BYTES = 1_200

const SYSTEM = 'You are a careful assistant who answers in two sentences and says so when the answer is not known.'
const QUESTION =
  'Explain to a colleague how a reverse proxy keeps connections to its upstream open, and what that saves. ' +
  'Compare it with opening a connection for each request, name the cost of a handshake, and say when it matters. '

/** The body without streaming, exactly {@link BODY_BYTES} long unless `bytes` says otherwise. */
export function chatBody(model: string, bytes: number = BODY_BYTES): string {
  const render = (content: string) => JSON.stringify({ ...conversation(model, content), max_tokens: 256 })
  const room = bytes - render('').length
  return render(QUESTION.repeat(Math.ceil(room / QUESTION.length)).slice(0, room))
}

/** The body of a streamed request. The paced upstream answers with `frames` frames: one token each. */
export function streamBody(model: string, frames: number): string {
  return JSON.stringify({
    ...conversation(model, QUESTION.repeat(4)),
    max_tokens: frames,
    stream: true,
    stream_options: { include_usage: true },
  })
}

function conversation(model: string, content: string) {
  return {
    model,
    messages: [
      { role: 'system', content: SYSTEM },
      { role: 'user', content },
    ],
    temperature: 0.2,
  }
}
