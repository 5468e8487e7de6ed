// Owns `aegis audit`: its subcommands, their flags and their help.
import { Command, InvalidArgumentError, Option } from 'commander'
import { auditEventTypes } from '../../audit/audit-line.ts'
import type { AuditShowFlags } from '../audit/run-audit-show.ts'
import type { AuditHeadFlags, AuditVerifyFlags } from '../audit/run-audit-verify.ts'
import { guarded } from '../command-error.ts'

/** The flags that say which record. */
function withPlace(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file')
    .option('--dir <folder>', 'the folder of the record; by default that of the configuration, else of the sandbox')
    .option('--sandbox', 'the record of the sandbox')
}

const showCommand = withPlace(new Command('show'))
  .description('recorded decisions and violations, newest last')
  .addOption(new Option('--type <type>', 'only records of this type').choices([...auditEventTypes]))
  .option('--restricted', 'only decisions on restricted data')
  .option('--request <id>', 'only those of this request')
  .option('--limit <n>', 'the newest ones', wholeNumber, 100)
  .option('--json', 'write JSON, a record a line')
  .addHelpText(
    'after',
    `
Records hold levels, rules, places, providers and ids, never content.

Examples:
  $ aegis audit show --restricted --limit 20
  $ aegis audit show --type violation --json`,
  )
  .action(
    guarded(async (flags: AuditShowFlags, _command: Command) => {
      const { runAuditShow } = await import('../audit/run-audit-show.ts')
      await runAuditShow(flags)
    }),
  )

const verifyCommand = withPlace(new Command('verify'))
  .description('whether the record is whole: nothing changed, removed, reordered or cut short')
  .option('--head <text>', 'a head that was kept elsewhere: what it names must still be there')
  .option('--json', 'write one JSON object')
  .addHelpText(
    'after',
    `
Names the first broken link of each chain. Exit code 1 when there is one. The newest records of a chain can be cut off
without a trace in the files; that is noticed by a head that was kept where nobody who writes the record can write:
aegis audit head, GET /admin/audit/head, or the line audit_open that each gateway logs when it starts.

Examples:
  $ aegis audit verify
  $ aegis audit verify --head "$(cat /mnt/elsewhere/aegis-head)"`,
  )
  .action(
    guarded(async (flags: AuditVerifyFlags, _command: Command) => {
      const { runAuditVerify } = await import('../audit/run-audit-verify.ts')
      await runAuditVerify(flags)
    }),
  )

const headCommand = withPlace(new Command('head'))
  .description('the newest record of each chain, to be kept elsewhere')
  .option('--json', 'write one JSON object')
  .addHelpText('after', '\nExample:\n  $ aegis audit head > /mnt/elsewhere/aegis-head')
  .action(
    guarded(async (flags: AuditHeadFlags, _command: Command) => {
      const { runAuditHead } = await import('../audit/run-audit-verify.ts')
      await runAuditHead(flags)
    }),
  )

export const auditCommand = new Command('audit')
  .description('the hash-chained record of privacy decisions: show, verify, head')
  .addCommand(showCommand)
  .addCommand(verifyCommand)
  .addCommand(headCommand)

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1.')
  return Number(text)
}
