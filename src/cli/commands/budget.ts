// Owns `aegis budget`: its subcommands, their flags and their help.
import { Command, InvalidArgumentError, Option } from 'commander'
import { guarded } from '../command-error.ts'
import type { BudgetListFlags } from '../money/run-budget-list.ts'
import type { BudgetRemoveFlags, BudgetSetFlags } from '../money/run-budget-set.ts'
import { gatewayUrl } from '../parse-flags.ts'

const urlOption = () =>
  new Option('--url <address>', 'ask a running gateway instead of opening the ledger; default $AEGIS_URL')
    .argParser(gatewayUrl)
    .conflicts(['sandbox', 'config'])

/** The flags that say which ledger. */
function withPlace(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file')
    .addOption(urlOption())
    .option('--sandbox', 'the budgets of the sandbox')
}

const listCommand = withPlace(new Command('list'))
  .description('each limit and how much of it is spent, reserved and left')
  .option('--json', 'write a JSON array')
  .addHelpText(
    'after',
    `
Reads the ledger, also while gateways write it. A request in flight holds its worst case as reserved, and what is left is
what the next request may still cost. A limit for each user, key or tag has a line for everyone who has spent anything.

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

const setCommand = withPlace(new Command('set'))
  .description('set a limit, or replace the one for the same subject and span')
  .option('--provider <name>', 'it holds for this provider; "*" is each on its own')
  .option('--key <id>', 'it holds for this key; "*" is each on its own')
  .option('--user <name>', 'it holds for this user; "*" is each on its own')
  .option('--tag <name>', 'it holds for this tag, such as a team; "*" is each on its own')
  .option('--global', 'it holds for everything together')
  .requiredOption('--per <span>', 'day, week, month, lifetime, or a rolling time such as 3600s, 90m, 12h or 30d')
  .requiredOption('--limit <usd>', 'US dollars in that span')
  .option('--soft', 'it alerts and never refuses')
  .addOption(
    new Option('--on-exceeded <what>', 'try the next provider, or refuse the request').choices(['fallback', 'reject']),
  )
  .option('--alert-at <percents>', 'parts of the limit at which it alerts: 80,90,100', percents)
  .option('--time-zone <name>', 'IANA time zone in which days, weeks and months begin')
  .option('--json', 'write a JSON object')
  .addHelpText(
    'after',
    `
Works while gateways run: all of them keep to it within a second. It counts what was spent in its span before. It holds
beside the limits of the configuration; the tightest one decides.

Examples:
  $ aegis budget set --provider openai --per month --limit 80
  $ aegis budget set --user "*" --per day --limit 5 --on-exceeded reject
  $ aegis budget set --tag research --per 30d --limit 200 --soft --alert-at 50,100`,
  )
  .action(
    guarded(async (flags: BudgetSetFlags, _command: Command) => {
      const { runBudgetSet } = await import('../money/run-budget-set.ts')
      await runBudgetSet(flags)
    }),
  )

const removeCommand = withPlace(new Command('remove'))
  .description('remove a limit that was set with `aegis budget set`')
  .argument('<id>', 'as `aegis budget list` shows it')
  .option('--json', 'write a JSON object')
  .addHelpText(
    'after',
    `
A limit of the configuration is removed there. What was spent stays recorded.

Example:
  $ aegis budget remove set:provider:openai:month`,
  )
  .action(
    guarded(async (id: string, flags: BudgetRemoveFlags, _command: Command) => {
      const { runBudgetRemove } = await import('../money/run-budget-set.ts')
      await runBudgetRemove(id, flags)
    }),
  )

export const budgetCommand = new Command('budget')
  .description('what may be spent: list, set and remove limits')
  .addCommand(listCommand)
  .addCommand(setCommand)
  .addCommand(removeCommand)

function percents(text: string): readonly number[] {
  if (!/^\d{1,4}(,\d{1,4}){0,19}$/.test(text)) throw new InvalidArgumentError('Write per cents such as 80,90,100.')
  return text.split(',').map(Number)
}
