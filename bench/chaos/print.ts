/** Owns the summary of a chaos run for people, and its first counterexamples. */
import type { Counterexample } from './load.ts'
import type { ChaosResult } from './run-chaos.ts'

export function printResult(result: ChaosResult): void {
  console.log(`\n${result.database}, seed ${result.seed}: ${result.holds ? 'holds ✓' : 'does not hold ✗'}`)
  const { requests, paidRequests, seconds, longestMs, looks } = result
  console.log(
    `${requests} requests in ${seconds.toFixed(0)} s, ${paidRequests} calls of paid providers, the longest answer after ` +
      `${(longestMs / 1000).toFixed(1)} s, ${looks} looks into the ledger`,
  )
  printCounts('events', result.events)
  printCounts('faults of paid providers', result.faults)
  printCounts('answers', result.outcomes)
  printCounts('attempts that handed over', result.fallbacks)
  console.log('\nnano-USD           billed       recorded      unsettled')
  for (const { provider, billed, recorded, unsettled } of result.accounts) {
    const figures = [billed, recorded, unsettled].map((figure) => String(figure).padStart(14)).join(' ')
    console.log(`${provider.padEnd(12)} ${figures}`)
  }
  for (const what of result.wrong) console.log(`✗ ${what}`)
  if (result.wrongAnswers > 0) console.log(`✗ ${result.wrongAnswers} wrong answers, of which the first are`)
  for (const one of result.counterexamples) console.log(textOf(one))
}

/** Enough to send it again: nothing in it is anybody's data. */
export function textOf({ what, outcome }: Counterexample): string {
  const { request, startedMs, endedMs, end, status, code, provider, tail } = outcome
  const { index, route, stream, data, headers } = request
  const lasted = `${((endedMs - startedMs) / 1000).toFixed(2)} s`
  return [
    `  ${what}: request ${index}, ${route}${stream ? ' streamed' : ''}, ${data}, after ${lasted}`,
    `    ${end}, status ${status}, code ${code ?? '-'}, by ${provider ?? 'nobody'}, ${JSON.stringify(headers)}`,
    `    ${tail.replaceAll('\n', '\\n')}`,
  ].join('\n')
}

function printCounts(title: string, counts: Readonly<Record<string, number>>): void {
  const all = Object.entries(counts).toSorted(([, left], [, right]) => right - left)
  console.log(`${title}: ${all.map(([name, count]) => `${name} ${count}`).join(', ') || 'none'}`)
}
