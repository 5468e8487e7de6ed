// Owns the run of `aegis ask`: choose where, stream to the terminal, and say afterwards who answered.
import type { LLMTask } from '../../domain/llm-task.ts'
import { findGateway } from '../gateway/find-gateway.ts'
import { interruption } from '../interruption.ts'
import { printableLines, say, sayJson, styledError, tell } from '../terminal.ts'
import { type AskAnswer, type AskEvent, answerJson, factsLine } from './ask-answer.ts'
import { type QuestionFlags, readPrompt, taskOf } from './question.ts'

export async function runAsk(words: readonly string[], flags: QuestionFlags): Promise<void> {
  const prompt = await readPrompt(words, process.stdin)
  const interrupted = interruption()
  const task = { ...taskOf(prompt, flags), signal: interrupted.signal }
  const startedMs = performance.now()
  const written = new WrittenText()
  try {
    const stream = flags.stream && !flags.json
    let answer: AskAnswer | undefined
    for await (const event of eventsOf(task, flags, stream)) {
      if (event.type === 'done') answer = event.answer
      else if (stream) written.add(event)
    }
    if (!answer) return
    if (flags.json) sayJson(answerJson(answer))
    else if (!stream) say(forTerminal(answer.text))
    written.end()
    tellFacts(answer, performance.now() - startedMs)
  } catch (error) {
    written.end()
    if (!interrupted.signal.aborted) throw error
    tell(styledError('dim', 'stopped; the provider was told to stop too'))
    process.exitCode = 130
  } finally {
    interrupted.ignore()
  }
}

async function* eventsOf(
  task: LLMTask,
  flags: QuestionFlags,
  stream: boolean,
): AsyncGenerator<AskEvent, void, undefined> {
  const gateway = await findGateway(flags)
  if (gateway) {
    const { askThroughGateway } = await import('./ask-gateway.ts')
    yield* askThroughGateway(task, gateway, stream)
  } else {
    const { askInProcess } = await import('./ask-in-process.ts')
    yield* askInProcess(task, flags, stream)
  }
}

/** The line under the answer, on standard error, so that a pipe gets the answer and nothing else. */
function tellFacts(answer: AskAnswer, durationMs: number): void {
  const mark = answer.simulated ? `${styledError('yellow', 'SIMULATED')} ` : ''
  tell(mark + styledError('dim', factsLine(answer, durationMs)))
}

/** A terminal obeys control characters, and a model may write any; a pipe gets the text as it is. */
function forTerminal(text: string): string {
  return process.stdout.isTTY ? printableLines(text) : text
}

/** An answer on its way to the terminal; what the model thinks goes to standard error, and only if that is a terminal. */
class WrittenText {
  #open: 'text' | 'reasoning' | undefined

  add({ type, text }: Extract<AskEvent, { readonly text: string }>): void {
    if (type === 'reasoning' && !process.stderr.isTTY) return
    if (this.#open !== undefined && this.#open !== type) this.end()
    if (type === 'text') process.stdout.write(forTerminal(text))
    else process.stderr.write(styledError('dim', printableLines(text)))
    this.#open = type
  }

  end(): void {
    if (this.#open === 'text') say()
    if (this.#open === 'reasoning') tell()
    this.#open = undefined
  }
}
