// Owns what a picture comes to in tokens, by the rule of its model.
import type { PictureRule } from '../domain/token-rules.ts'
import type { PictureSize } from './picture-size.ts'

/** In pixels, what the shorter side becomes, after the picture was made to fit into a square of 2,048. */
const SHORT_SIDE = 768
const TILE = 512
/** Tiles that cover the shorter side. */
const TILES_ACROSS = 2
/** What a picture of 768 by 2,048 px has; none has more. */
const MAX_TILES = 8
const PATCH = 32
const MAX_PATCHES = 1536

/**
 * No picture costs more: gpt-4o-mini, the dearest in tokens, bills 2,833 + 5,667 for each of at most 8 tiles
 * (https://developers.openai.com/api/docs/guides/images-vision).
 */
export const PICTURE_TOKENS = 50_000

/**
 * The most tokens that the picture can cost. Small ones count as if they were enlarged to 768 px: the documents say
 * that the shorter side becomes 768 px, and not that this only ever shrinks.
 * @param size absent when it is not known: then the largest picture counts.
 * @param lowDetail the caller asked for `detail: low`.
 */
export function pictureTokens(rule: PictureRule, size: PictureSize | undefined, lowDetail: boolean): number {
  const { tiles, tokensPerPatch } = rule
  const byTiles = tiles ? tiles.base + (lowDetail ? 0 : tiles.tile * tilesOf(size)) : 0
  const byPatches = tokensPerPatch === undefined ? 0 : Math.ceil(patchesOf(size) * tokensPerPatch)
  return Math.max(byTiles, byPatches)
}

function tilesOf(size: PictureSize | undefined): number {
  if (!size) return MAX_TILES
  const long = Math.max(size.width, size.height)
  const short = Math.min(size.width, size.height)
  return Math.min(MAX_TILES, TILES_ACROSS * Math.ceil((SHORT_SIDE * long) / short / TILE))
}

function patchesOf(size: PictureSize | undefined): number {
  if (!size) return MAX_PATCHES
  return Math.min(MAX_PATCHES, Math.ceil(size.width / PATCH) * Math.ceil(size.height / PATCH))
}
