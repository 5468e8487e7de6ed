// Owns how the report of `aegis check` looks.

import type { Trial } from '../../library/try-model.ts'
import { version } from '../../version.ts'
import { printable, say, styled } from '../terminal.ts'
import type { CheckReport, ModelReport, ProviderReport } from './check-report.ts'

const marks = {
  reachable: { sign: '✓', style: 'green' },
  unreachable: { sign: '✗', style: 'red' },
  closed: { sign: '-', style: 'yellow' },
} as const

export function sayReport(report: CheckReport): void {
  say(`${styled('bold', `Aegis ${version}`)}  ${sourceText(report.source)}`)
  say()
  const nameWidth = Math.max(...report.providers.map(({ name }) => name.length))
  for (const provider of report.providers) sayProvider(provider, nameWidth)
  say()
  for (const line of report.budgets) say(`budget  ${line}`)
  if (report.budgets.length === 0) say('budget  no limit is set')
  say(`auth    ${report.auth}`)
  say()
  for (const message of report.hints) say(`${styled('dim', 'info')}     ${printable(message)}`)
  for (const message of report.warnings) say(`${styled('yellow', 'warning')}  ${printable(message)}`)
  for (const message of report.problems) say(`${styled('red', 'problem')}  ${printable(message)}`)
  const { length } = report.problems
  if (length === 0) say(styled('green', 'Everything that must work works.'))
  else say(styled('red', `${length} ${length === 1 ? 'problem' : 'problems'} to fix.`))
}

function sourceText(source: string): string {
  if (source === 'sandbox') return styled('yellow', 'SANDBOX: all providers are simulated on this machine')
  return source === 'discovered' ? 'no configuration file: what this machine offers' : source
}

function sayProvider(provider: ProviderReport, nameWidth: number): void {
  const { name, kind, location, state, detail, probeMs, proof, simulated } = provider
  const { sign, style } = marks[state]
  const took = probeMs === undefined ? '' : `, ${probeMs} ms`
  const facts = [kind, location, `${styled(style, state)}${took}`, printable(detail), ...(proof ? [proof] : [])]
  const mark = simulated ? ` ${styled('yellow', 'SIMULATED')}` : ''
  say(`${styled(style, sign)} ${styled('bold', name.padEnd(nameWidth))}  ${facts.join(' · ')}${mark}`)
  for (const model of provider.models) say(`    ${modelLine(model)}`)
  if (provider.trial) say(`    ${trialLine(provider.trial)}`)
}

function trialLine({ model, firstTokenMs, totalMs, outputTokens }: Trial): string {
  const restMs = totalMs - firstTokenMs
  const speed =
    outputTokens !== undefined && outputTokens > 1 && restMs >= 1
      ? `, then ${Math.round(((outputTokens - 1) / restMs) * 1000)} tokens a second`
      : ''
  return `${printable(model)} answered: first token after ${Math.round(firstTokenMs)} ms${speed}`
}

function modelLine({ model, listed, price }: ModelReport): string {
  const there = listed === undefined ? 'not looked for' : listed ? 'there' : styled('red', 'not there')
  const cost = price === 'unknown' ? styled('red', 'price unknown') : price
  return `${printable(model)} · ${there} · ${cost}`
}
