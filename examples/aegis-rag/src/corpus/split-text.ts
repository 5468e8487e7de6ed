// Owns the cutting of a text into chunks: whole paragraphs as long as they fit, whole sentences where one does not.

/** Characters of a chunk; about 90 tokens. */
const CHUNK_LENGTH = 360

/** The chunks in their order. No word is lost, none is in two; the marks of headings are left out. */
export function splitText(text: string, length = CHUNK_LENGTH): string[] {
  const paragraphs = text
    .split(/\r?\n\s*\r?\n/)
    .map((paragraph) =>
      paragraph
        .trim()
        .replace(/^#+\s+/, '')
        .replace(/\s+/g, ' '),
    )
    .filter((paragraph) => paragraph !== '')
  const pieces = paragraphs.flatMap((paragraph) => (paragraph.length <= length ? [paragraph] : cut(paragraph, length)))
  return joined(pieces, '\n', length)
}

function cut(paragraph: string, length: number): string[] {
  const sentences = paragraph.split(/(?<=[.!?])\s+/)
  const pieces = sentences.flatMap((sentence) => (sentence.length <= length ? [sentence] : cutWords(sentence, length)))
  return joined(pieces, ' ', length)
}

function cutWords(sentence: string, length: number): string[] {
  const words = sentence.split(' ')
  return joined(
    words.flatMap((word) => word.match(new RegExp(`.{1,${length}}`, 'gsu')) ?? []),
    ' ',
    length,
  )
}

/** Neighbours together, as long as they fit. */
function joined(pieces: readonly string[], separator: string, length: number): string[] {
  const chunks: string[] = []
  for (const piece of pieces) {
    const last = chunks.at(-1)
    if (last !== undefined && last.length + separator.length + piece.length <= length)
      chunks[chunks.length - 1] = last + separator + piece
    else chunks.push(piece)
  }
  return chunks
}
