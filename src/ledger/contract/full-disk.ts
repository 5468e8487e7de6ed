// Owns the full disk of these tests: a quota on the size of this process's files, which is how one can be had without one.
import { spawnSync } from 'node:child_process'

/** @example limitFileSize(4096); try { … } finally { limitFileSize('unlimited') } */
export function limitFileSize(bytes: number | 'unlimited'): boolean {
  return spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]).status === 0
}

/** Why tests on a full disk are left out, if they are. */
export const skipFullDisk = limitFileSize('unlimited') ? false : 'needs prlimit of util-linux to make writes fail'
