// Owns `aegis explain`: its flags and its help.
import { Command } from 'commander'
import { withQuestion } from '../ask/question.ts'
import type { ExplainFlags } from '../ask/run-explain.ts'
import { guarded } from '../command-error.ts'

export const explainCommand = withQuestion(new Command('explain'))
  .description('where a request would go and why; calls no provider')
  .option('--show-values', 'show what was found too, on a terminal only')
  .addHelpText(
    'after',
    `
Takes the flags of \`aegis ask\`. What was found is named by rule and place, without its text.
Exit code 1 when nobody would be asked.
Prices and budgets are those of the gateway, when one answers, else of the ledger's file.

Examples:
  $ aegis explain "Hello" --classification pii --model openai/gpt-4o     why it stays local all the same
  $ aegis explain "Hello" --batch-size 20 --json`,
  )
  .action(
    guarded(async (words: string[], flags: ExplainFlags, _command: Command) => {
      const { runExplain } = await import('../ask/run-explain.ts')
      await runExplain(words, flags)
    }),
  )
