// Owns the run of `aegis explain`: the plan of a request, as a table.

import type { LLMTask } from '../../domain/llm-task.ts'
import { fromUsd, usdText } from '../../domain/money.ts'
import type { ExplainedCandidate, Explanation } from '../../proxy/explain.ts'
import { findGateway } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { type Column, sayTable } from '../table.ts'
import { say, sayJson, styled, styledError, tell } from '../terminal.ts'
import { findingColumns } from './finding-rows.ts'
import { httpQuestion, type QuestionFlags, readPrompt, taskOf } from './question.ts'

export interface ExplainFlags extends QuestionFlags {
  readonly showValues?: boolean
}

export async function runExplain(words: readonly string[], flags: ExplainFlags): Promise<void> {
  const task = taskOf(await readPrompt(words, process.stdin), flags)
  const { explanation, via } = await explainWhere(task, flags)
  if (flags.json) sayJson({ ...explanation, via })
  else show(explanation, via, shownBody(task, flags))
  const answerable = explanation.candidates.some(({ verdict }) => verdict.startsWith('would be asked'))
  if (!answerable) process.exitCode = 1
}

async function explainWhere(
  task: LLMTask,
  flags: QuestionFlags,
): Promise<{ readonly explanation: Explanation; readonly via: string }> {
  const gateway = await findGateway(flags)
  if (gateway) {
    const reply = await askGateway(gateway, 'POST', '/v1/explain', httpQuestion(task, false))
    return { explanation: (await reply.body.json()) as Explanation, via: gateway.url }
  }
  const { explainTask } = await import('../../library/explain-task.ts')
  const { config, sandbox } = flags
  return { explanation: await explainTask(task, config, sandbox ? { sandbox } : {}), via: 'in process' }
}

/** A candidate and its place in the order. */
type Placed = ExplainedCandidate & { readonly place: number }

const candidateColumns: readonly Column<Placed>[] = [
  { title: '#', value: ({ place }) => String(place), right: true },
  { title: 'provider', value: ({ provider }) => provider },
  { title: 'model', value: ({ model }) => model },
  { title: 'location', value: ({ location }) => location, dispensable: 2 },
  { title: 'reason', value: ({ reason }) => reason, dispensable: 1 },
  { title: 'price', value: ({ price }) => price, dispensable: 3 },
  { title: 'worst case', value: worstCase, right: true },
  { title: 'budget left', value: ({ budget }) => (budget ? dollars(budget.available_usd) : '-'), right: true },
  {
    title: 'verdict',
    value: ({ verdict }) => verdict,
    style: ({ verdict }) => (verdict.startsWith('would be asked') ? 'green' : 'yellow'),
  },
]

const excludedColumns: readonly Column<Explanation['excluded'][number]>[] = [
  { title: 'provider', value: ({ provider }) => provider },
  { title: 'model', value: ({ model }) => model },
  { title: 'cause', value: ({ cause }) => cause, style: () => 'yellow' },
  { title: 'detail', value: ({ detail }) => detail },
]

/** Never into a pipe or a file, where what was kept at home would stay. */
function shownBody(task: LLMTask, { showValues }: ExplainFlags): unknown {
  if (!showValues) return undefined
  if (process.stdout.isTTY) return httpQuestion(task, false).body
  tell('--show-values shows what was found on a terminal only')
  return undefined
}

function show(explanation: Explanation, via: string, body: unknown): void {
  const { classification, rule, reason, candidates, excluded, refused, detected, exceptions } = explanation
  const { level, restricted, source } = classification
  say(`classification  ${level} (${source})${restricted ? `, ${styled('yellow', 'local providers only')}` : ''}`)
  say(`rule            ${rule}`)
  say(`reason          ${reason}`)
  if (refused !== undefined) say(`refused         ${styled('red', refused)}`)
  if (exceptions !== undefined) say(`exceptions      ${exceptions.join(', ')}`)
  if (detected && detected.undecidable.length > 0) say(`undecidable     ${detected.undecidable.join(', ')}`)
  say()
  if (detected && detected.findings.length > 0) {
    say(styled('bold', 'Found'))
    sayTable(findingColumns(body), detected.findings)
    say()
  }
  if (candidates.length > 0) {
    sayTable(
      candidateColumns,
      candidates.map((candidate, index) => ({ ...candidate, place: index + 1 })),
    )
  } else say(styled('red', 'Nobody would be asked.'))
  if (excluded.length > 0) {
    say()
    say(styled('bold', 'Left out'))
    sayTable(excludedColumns, excluded)
  }
  const mark = candidates.some(({ simulated }) => simulated) ? `${styledError('yellow', 'SIMULATED')} ` : ''
  tell(mark + styledError('dim', `nobody was called · ${via === 'in process' ? via : `via ${via}`}`))
}

function worstCase({ price, worst_case_usd: amount }: ExplainedCandidate): string {
  return amount === undefined ? '?' : price === 'free' ? 'free' : dollars(amount)
}

function dollars(amount: number): string {
  return `$${usdText(fromUsd(amount))}`
}
