import { mkdtempSync, rmSync } from 'node:fs'
import { measurePairCost } from './pair-cost.ts'
const folder = mkdtempSync('/tmp/aegis-pair-')
for (const recorded of [false, true]) for (const c of [64, 1]) console.log(await measurePairCost(folder, c, { recorded }))
rmSync(folder, { recursive: true })
