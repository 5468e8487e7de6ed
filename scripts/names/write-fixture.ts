// Owns test/fixtures/names/sentences.jsonl: a few held-out sentences of the CC BY corpora. Run: node scripts/names/write-fixture.ts <data folder>.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CORPORA, isHeldOut, readCorpus } from './corpora.ts'
import { Random } from './random.ts'

const EACH = 30
const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: write-fixture.ts <folder that holds ner/>')
const random = new Random(3)
const rows = CORPORA.filter((name) => name !== 'meddocan').flatMap((name) => {
  const heldOut = random.shuffle(
    readCorpus(folder, name).filter((example) => isHeldOut(example) && example.text.length < 300),
  )
  const some = (having: boolean) => heldOut.filter(({ names }) => names.length > 0 === having).slice(0, EACH)
  return [...some(true), ...some(false)]
})
writeFileSync(
  fileURLToPath(new URL('../../test/fixtures/names/sentences.jsonl', import.meta.url)),
  `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`,
)
