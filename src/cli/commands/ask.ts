// Owns `aegis ask`: its flags and its help.
import { Command } from 'commander'
import { type QuestionFlags, withQuestion } from '../ask/question.ts'
import { guarded } from '../command-error.ts'

export const askCommand = withQuestion(new Command('ask'))
  .description('send one routed request; the answer streams to the terminal')
  .addHelpText(
    'after',
    `
The answer goes to standard output; who gave it, why and for how much goes to standard error.
The request goes through the gateway of --url or $AEGIS_URL, else through one that answers at the configured address
(127.0.0.1:8080), with the key in $AEGIS_MASTER_KEY; when there is none, this process routes and sends it itself.

Examples:
  $ aegis ask "Summarise: Ana Ruiz, born 3 May 1980" --classification pii      never leaves this machine
  $ aegis ask "Prove it" --quality critical --complexity high                 the best provider
  $ git diff | aegis ask --system "Write a commit message" --max-tokens 200
  $ aegis ask "Hello" --model openai/gpt-4o-mini --json`,
  )
  .action(
    guarded(async (words: string[], flags: QuestionFlags, _command: Command) => {
      const { runAsk } = await import('../ask/run-ask.ts')
      await runAsk(words, flags)
    }),
  )
