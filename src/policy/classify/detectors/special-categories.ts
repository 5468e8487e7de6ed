// Owns the special categories of GDPR Article 9, where the text says them of a person: who, then what.
import type { KeywordDetector } from '../engine/detector.ts'

const facts = {
  kind: 'keyword',
  level: 'pii',
  category: 'art9',
  source: 'GDPR Article 9(1)',
  before: 64,
  after: 48,
  score: 0.6,
} as const

const person =
  "(?:\\bI(?:'m| am| was)|\\b(?:[Hh]e|[Ss]he)(?:'s| is| was)|\\b(?:[Tt]hey|[Ww]e)(?:'re| are)|\\b(?:[Mm]y|[Hh]is|[Hh]er|[Oo]ur|[Tt]he|[Tt]his) (?:wife|husband|partner|son|daughter|mother|father|brother|sister|boss|colleague|coworker|co-worker|friend|neighbou?r|employee|applicant|candidate|customer|client|patient|tenant|teacher|manager|student)(?: [A-Z]\\w+)? (?:is|was)|\\b[A-Z][a-z]+(?: [A-Z][a-z]+)? (?:is|was|identifies as|came out as))"
const personGerman =
  '(?:\\b[Ii]ch bin|\\b[Ee]r ist|\\b[Ss]ie ist|\\b[Ww]ir sind|\\b(?:[Mm]ein|[Mm]eine|[Ss]ein|[Ss]eine|[Ii]hr|[Ii]hre|[Uu]nser|[Uu]nsere|[Dd]er|[Dd]ie) (?:Frau|Mann|Partner|Partnerin|Sohn|Tochter|Mutter|Vater|Bruder|Schwester|Chef|Chefin|Kolleg(?:e|in)|Freund|Freundin|Nachbar|Nachbarin|Mitarbeiter|Mitarbeiterin|Bewerber|Bewerberin|Kund(?:e|in)|Mandant|Mandantin|Patient|Patientin|Mieter|Mieterin|Lehrer|Lehrerin)(?: [A-ZÄÖÜ]\\w+)? (?:ist|war)|\\b[A-ZÄÖÜ][a-zäöüß]+ ist)'
const adverbs =
  '(?: (?:a|an|also|openly|devoutly|devout|practi[sc]ing|very|deeply|secretly|a practi[sc]ing|a devout|auch|offen|bekennende?r?|gläubige?r?|praktizierende?r?|heimlich|ein|eine)){0,3} '

const orientation =
  'gay|lesbian|bisexual|homosexual|transgender|transsexual|asexual|pansexual|non-?binary|queer|schwul|lesbisch|bisexuell|homosexuell|transsexuell|asexuell|nichtbinär'
const belief =
  'christian|catholic|protestant|muslim|moslem|jewish|jew|hindu|buddhist|sikh|atheist|mormon|evangelical|orthodox jew|jehovah|katholi[kc]|katholisch|evangelisch|muslima|muslimisch|jüdisch|jude|jüdin|hinduistisch|buddhistisch|christ|christin|atheistin|zeugin? jehovas'
const politics =
  'communist|socialist|democrat|republican|conservative voter|a member of the (?:labou?r|green|democratic|republican|conservative|communist) party|kommunist(?:in)?|sozialist(?:in)?|mitglied (?:der|bei der|in der) (?:SPD|CDU|CSU|FDP|AfD|Linken|Grünen|NPD|Partei)|parteimitglied'
const union =
  'union member|a member of (?:a|the) (?:trade |labou?r )?union|trade unionist|shop steward|gewerkschaftsmitglied|gewerkschafter(?:in)?|mitglied (?:der|in der|einer|bei der) (?:gewerkschaft|IG Metall|verdi|ver\\.di|GEW|IG BCE|NGG)|betriebsrat'
const origin =
  'roma|sinti|romani|african american|black and|of (?:african|asian|jewish|turkish|arab|kurdish|hispanic|latino) (?:descent|origin)|(?:türkischer|arabischer|afrikanischer|kurdischer|jüdischer|asiatischer) (?:herkunft|abstammung)'

function detectorOf(rule: string, type: string, terms: string, keywords: readonly string[]): KeywordDetector {
  return {
    ...facts,
    rule,
    type,
    keywords,
    pattern: new RegExp(`(?:${person}|${personGerman})${adverbs}(?:${eitherCase(terms)})\\b`, 'g'),
  }
}

/** The subject is told by its capitals, so the pattern minds case; the terms may begin with either. */
function eitherCase(terms: string): string {
  return terms.replace(
    /(^|\||\(\?:)([a-zäöü])/g,
    (_, bar: string, letter: string) => `${bar}[${letter}${letter.toUpperCase()}]`,
  )
}

export const sexualOrientation = detectorOf('art9_orientation', 'sexual_orientation', orientation, [
  'gay',
  'lesbian',
  'bisexu',
  'homosexu',
  'transg',
  'transs',
  'asexu',
  'pansex',
  'nonbin',
  'non-bin',
  'queer',
  'schwul',
  'lesbisch',
  'nichtbin',
])
export const religiousBelief = detectorOf('art9_belief', 'religious_belief', belief, [
  'christ',
  'catholic',
  'protestant',
  'muslim',
  'moslem',
  'jew',
  'hindu',
  'buddhis',
  'sikh',
  'atheis',
  'mormon',
  'evangel',
  'orthodox',
  'jehov',
  'katholi',
  'jüd',
  'jude',
  'zeug',
])
export const politicalOpinion = detectorOf('art9_politics', 'political_opinion', politics, [
  'communist',
  'socialist',
  'democrat',
  'republican',
  'conservative',
  'member of the',
  'kommunist',
  'sozialist',
  'mitglied',
  'parteimitglied',
])
export const unionMembership = detectorOf('art9_union', 'union_membership', union, [
  'union',
  'member of',
  'trade union',
  'shop steward',
  'gewerkschaft',
  'mitglied',
  'betriebsrat',
])
export const ethnicOrigin = detectorOf('art9_origin', 'ethnic_origin', origin, [
  'roma',
  'sinti',
  'african',
  'black',
  'asian',
  'jewish',
  'turkish',
  'arab',
  'kurdish',
  'hispanic',
  'latino',
  'türkischer',
  'afrikanischer',
  'kurdischer',
  'jüdischer',
  'asiatischer',
])

/** Fields of a form: `Religion: rk`, `ethnicity = Kurdish`. */
export const specialField: KeywordDetector = {
  ...facts,
  before: 0,
  after: 64,
  rule: 'art9_field',
  type: 'special_category_field',
  keywords: [
    'religion',
    'konfession',
    'ethnicity',
    'ethnic',
    'sexual orientation',
    'sexual_orientation',
    'sexuelle orientierung',
    'political',
    'union member',
    'gewerkschaft',
    'parteizugeh',
    'party affil',
  ],
  pattern: new RegExp(
    `(?:religion(?:szugehörigkeit)?|konfession|ethnicity|ethnic (?:origin|group)|sexual[ _]orientation|sexuelle orientierung|political (?:opinion|views|affiliation)|union member(?:ship)?|gewerkschaft(?:szugehörigkeit)?|parteizugehörigkeit|party affiliation)["']? ?[:=] ?["']?(?:${orientation}|${belief}|${politics}|rk|ev|islam|islamic|judaism|spd|cdu|afd|fdp|verdi|ig metall|black|white|asian|hispanic|latino|roma|kurdish|yes\\b|ja\\b)`,
    'gi',
  ),
}
