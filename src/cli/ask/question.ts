// Owns the question of `ask` and `explain`: from flags and standard input to a task, and from a task to HTTP.
import { Argument, type Command, Option } from 'commander'
import { type DataClassification, dataClassifications } from '../../domain/data-classification.ts'
import type { ChatMessage, LLMTask } from '../../domain/llm-task.ts'
import { type Complexity, complexities, type QualityRequirement, qualityRequirements } from '../../domain/task.ts'
import { CommandError } from '../command-error.ts'
import type { PlaceFlags } from '../gateway/find-gateway.ts'
import { gatewayUrl, wholeNumberUpTo } from '../parse-flags.ts'

/** The flags that `ask` and `explain` share. */
export interface QuestionFlags extends PlaceFlags {
  readonly classification?: DataClassification
  readonly quality?: QualityRequirement
  readonly complexity?: Complexity
  readonly batchSize?: number
  readonly model?: string
  readonly maxTokens?: number
  readonly system?: string
  /** False with `--no-stream`. */
  readonly stream: boolean
  readonly json?: boolean
}

/** Adds the argument and the flags of a question, so that one command line fits both commands. */
export function withQuestion(command: Command): Command {
  return command
    .addArgument(new Argument('[prompt...]', 'the prompt; - or nothing reads it from standard input'))
    .addOption(new Option('--classification <level>', 'how sensitive the data is').choices(dataClassifications))
    .addOption(new Option('--quality <level>', 'the quality that is needed').choices(qualityRequirements))
    .addOption(new Option('--complexity <level>', 'how hard the task is').choices(complexities))
    .option('--batch-size <n>', 'how many requests of this kind are on their way', wholeNumberUpTo(1_000_000))
    .option('-m, --model <name>', 'a configured model, provider/model, auto, auto:local or auto:cloud')
    .option('--max-tokens <n>', 'the most tokens to generate', wholeNumberUpTo(10_000_000))
    .option('--system <text>', 'a system message before the prompt')
    .option('-c, --config <file>', 'configuration file')
    .addOption(
      new Option('--url <address>', 'a running gateway; default $AEGIS_URL, else the configured address if one answers')
        .argParser(gatewayUrl)
        .conflicts('sandbox'),
    )
    .option('--sandbox', 'simulated providers, no model and no key needed')
    .option('--no-stream', 'write the answer when it is complete')
    .option('--json', 'write one JSON object')
}

/** What standard input is to a question. */
export interface PromptInput extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean
}

/**
 * The prompt: the words of the command line, or standard input when they are `-` or absent. One line break at the end
 * of standard input does not count.
 * @throws CommandError when there is none.
 */
export async function readPrompt(words: readonly string[], input: PromptInput): Promise<string> {
  const given = words.join(' ')
  const piped = given === '-' || (words.length === 0 && input.isTTY !== true)
  const prompt = piped ? await readAll(input) : given
  if (prompt.trim() !== '') return prompt
  const how = 'aegis ask "your prompt", or send it to standard input: aegis ask < prompt.txt'
  throw new CommandError(`There is no prompt. Write ${how}`, 2, { code: 'no_prompt' })
}

async function readAll(input: PromptInput): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of input) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

/** The task that the flags describe. */
export function taskOf(prompt: string, flags: QuestionFlags): LLMTask {
  const { classification, quality, complexity, batchSize, model, maxTokens, system } = flags
  const messages: ChatMessage[] = [{ role: 'user', content: prompt }]
  if (system !== undefined) messages.unshift({ role: 'system', content: system })
  return {
    messages,
    ...(classification === undefined ? {} : { dataClassification: classification }),
    ...(quality === undefined ? {} : { qualityRequirement: quality }),
    ...(complexity === undefined ? {} : { complexity }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(model === undefined ? {} : { model }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  }
}

/** A chat completion request of OpenAI's, with the routing hints as headers. */
export function httpQuestion(task: LLMTask, stream: boolean) {
  const { dataClassification, qualityRequirement, complexity, batchSize, model = 'auto', messages, maxTokens } = task
  const hints = {
    'x-aegis-data-classification': dataClassification,
    'x-aegis-quality-requirement': qualityRequirement,
    'x-aegis-complexity': complexity,
    'x-aegis-batch-size': batchSize?.toString(),
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(hints)) if (value !== undefined) headers[name] = value
  const body = {
    model,
    messages,
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
  return { headers, body }
}
