// Owns `aegis budget`: its subcommands, their flags and their help.
import { Command, Option } from 'commander'
import { guarded } from '../command-error.ts'
import type { BudgetListFlags } from '../money/run-budget-list.ts'
import { gatewayUrl } from '../parse-flags.ts'

const listCommand = new Command('list')
  .description('each limit and how much of it is spent, reserved and left')
  .option('-c, --config <file>', 'configuration file')
  .addOption(
    new Option('--url <address>', 'ask a running gateway instead of reading the ledger file; default $AEGIS_URL')
      .argParser(gatewayUrl)
      .conflicts(['sandbox', 'config']),
  )
  .option('--sandbox', 'the budgets of the sandbox')
  .option('--json', 'write a JSON array')
  .addHelpText(
    'after',
    `
Reads the ledger's file, also while a gateway writes it. Limits come from the configuration; a request in flight holds
its worst case as reserved, and what is left is what the next request may still cost.

Examples:
  $ aegis budget list
  $ aegis budget list --url http://127.0.0.1:8080 --json`,
  )
  .action(
    guarded(async (flags: BudgetListFlags, _command: Command) => {
      const { runBudgetList } = await import('../money/run-budget-list.ts')
      await runBudgetList(flags)
    }),
  )

export const budgetCommand = new Command('budget').description('what providers may cost').addCommand(listCommand)
