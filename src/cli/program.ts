// Owns the list of commands. The reference page is generated from it.
import { Command, CommanderError } from 'commander'
import { version } from '../version.ts'
import { askCommand } from './commands/ask.ts'
import { auditCommand } from './commands/audit.ts'
import { budgetCommand } from './commands/budget.ts'
import { checkCommand } from './commands/check.ts'
import { detectCommand } from './commands/detect.ts'
import { explainCommand } from './commands/explain.ts'
import { initCommand } from './commands/init.ts'
import { keysCommand } from './commands/keys.ts'
import { migrateCommand } from './commands/migrate.ts'
import { modelsCommand } from './commands/models.ts'
import { policyCommand } from './commands/policy.ts'
import { privacyCommand } from './commands/privacy.ts'
import { replayCommand } from './commands/replay.ts'
import { rolloutCommand } from './commands/rollout.ts'
import { sandboxCommand } from './commands/sandbox.ts'
import { serveCommand } from './commands/serve.ts'
import { usageCommand } from './commands/usage.ts'

export const program = new Command('aegis')
  .description('An LLM proxy: private data stays home, spend stays under the cap, every client keeps working.')
  .version(version)
  .helpCommand('help [command]', 'show the help of a command')
  .addCommand(serveCommand)
  .addCommand(initCommand)
  .addCommand(checkCommand)
  .addCommand(askCommand)
  .addCommand(explainCommand)
  .addCommand(modelsCommand)
  .addCommand(detectCommand)
  .addCommand(policyCommand)
  .addCommand(replayCommand)
  .addCommand(rolloutCommand)
  .addCommand(privacyCommand)
  .addCommand(auditCommand)
  .addCommand(keysCommand)
  .addCommand(budgetCommand)
  .addCommand(usageCommand)
  .addCommand(migrateCommand)
  .addCommand(sandboxCommand)
  .addHelpText(
    'after',
    `
Start here:
  $ aegis serve                          a gateway on http://127.0.0.1:8080, with what this machine offers
  $ aegis ask "What is a budget?"        one routed request
  $ aegis init && aegis check            a configuration of your own, and whether it works

Configuration: --config, else $AEGIS_CONFIG, else ./aegis.yml, ./aegis.yaml or ./config/llm_config.yml, else what is
found. Variables in ./.env are loaded at start; those that are set already win.
Output: --json everywhere; colours and aligned tables on a terminal only, no colours with NO_COLOR.
Exit code: 0 done, 1 the answer is no, 2 wrong usage or configuration, 130 stopped with Ctrl-C.`,
  )

for (const command of everyCommand(program)) {
  command.exitOverride().showHelpAfterError(`(${pathOf(command)} --help shows what is possible)`)
}

/**
 * Runs one command line, without the program's own name.
 * @returns an exit code when the command line itself was wrong or only help was asked for; otherwise the command set it.
 */
export async function runProgram(words: readonly string[]): Promise<number | undefined> {
  if (words.length === 0) {
    program.outputHelp()
    return 0
  }
  try {
    await program.parseAsync(words, { from: 'user' })
    return undefined
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 || error.code === 'commander.help' ? 0 : 2
  }
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}
