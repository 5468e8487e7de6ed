// Owns the line at the head of every generated page.

export const generatedNote = '<!-- Made by `npm run generate` from the code. Do not edit. -->\n'
