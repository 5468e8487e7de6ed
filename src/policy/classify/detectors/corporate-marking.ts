// Owns marks of confidentiality on documents: banners, footers and sensitivity labels, English and German.
import type { KeywordDetector, PatternDetector } from '../engine/detector.ts'

const facts = { type: 'corporate_marking', level: 'confidential', category: 'corporate' } as const

/** Phrases that say it of the document itself. The bare word `confidential` is not among them: it is an ordinary word. */
export const markingPhrase: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'marking_phrase',
  source: 'own; ISO/IEC 27001 A.5.13',
  keywords: [
    'strictly conf',
    'highly conf',
    'company conf',
    'commercial in conf',
    'commercially conf',
    'confidential',
    'private and conf',
    'private & conf',
    'proprietary',
    'internal use',
    'for internal',
    'internal only',
    'internal distribution',
    'company internal',
    'do not distribute',
    'not for distribution',
    'not for external',
    'do not forward',
    'need to know',
    'attorney-client',
    'attorney client',
    'privileged',
    'trade secret',
    'under nda',
    'under embargo',
    'embargoed',
    'streng vertraulich',
    'vertraulich',
    'nur für den internen',
    'nur für den dienst',
    'nur zum internen',
    'nur zur internen',
    'nur intern',
    'interner gebrauch',
    'intern verwenden',
    'betriebsgeheimnis',
    'geschäftsgeheimnis',
    'firmengeheim',
    'verschlusssache',
    'nicht zur weitergabe',
    'nicht für die öffentlichkeit',
    'vs-nfd',
    'vs - nfd',
    'anwaltlich',
  ],
  before: 48,
  after: 72,
  pattern: new RegExp(
    [
      '\\b(?:strictly|highly|company|commercially|commercial[- ]in) ?[- ]?(?:confidential|confidence)\\b(?! (?:value|interval|computing))',
      '\\bprivate (?:and|&) confidential\\b',
      '\\bconfidential(?: and| &| \\/|,)? ?(?:proprietary|privileged|business information|information of|property of|draft|document|memo(?:randum)?\\b|— |- do not)',
      '\\b(?:this|the) (?:document|e-?mail|message|report|memo|memorandum|presentation|file|information|attachment|contract|proposal|draft)(?: \\w+){0,3}? (?:is|are|contains?)(?: \\w+){0,3}? (?:strictly |highly |company )?(?:confidential|proprietary)\\b',
      '\\b(?:company )?proprietary (?:and confidential|information|& confidential)\\b',
      '\\b(?:for |company |bank )?internal (?:use |distribution |eyes )?only\\b',
      '\\bfor internal use\\b(?! by (?:the )?(?:library|compiler|module|framework|api))',
      '\\b(?:do not|not for|don.t) (?:distribute|(?:external |public |further )?distribution|forward outside)\\b',
      '\\bnot for (?:external|public) (?:release|use)\\b',
      '\\battorney[- ]client (?:privileged?|communication)',
      '\\b(?:legally )?privileged (?:and|&) confidential',
      '\\b(?:our|a|company|this is a|as a) trade secrets?\\b(?! law)',
      '\\bunder (?:strict )?(?:nda|embargo)\\b',
      '\\b(?:streng|höchst|absolut) vertraulich\\b',
      '\\bvertraulich(?:e[rsn]?)? (?:unterlagen?|dokumente?|informationen?|entwurf|behandeln|zu behandeln|[-–—:])',
      '\\b(?:dies(?:es|e|er)?|das|die) (?:dokument|e-?mail|nachricht|unterlagen?|bericht|präsentation|datei|anlage|vertrag|angebot)(?: \\S+){0,3}? (?:ist|sind)(?: \\S+){0,3}? vertraulich\\b',
      '\\bnur (?:für|zum|zur) (?:den )?(?:internen?|dienst(?:lichen|gebrauch)?)(?: (?:gebrauch|verwendung|dienstgebrauch|zwecke))?\\b',
      '\\bnur intern(?:er gebrauch| verwenden)?\\b(?= *(?:$|[.!\\n–—-]))',
      '\\b(?:betriebs|geschäfts|firmen)geheimnis(?:se)?\\b(?! (?:gesetz|schutz))',
      '\\bverschlusssache\\b|\\bvs ?- ?nfd\\b',
      '\\bnicht zur weitergabe\\b',
    ].join('|'),
    'gi',
  ),
  score: 0.6,
}

/** A banner: the word in capitals alone on its line, or between brackets or dashes. */
export const markingBanner: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'marking_banner',
  source: 'own; ISO/IEC 27001 A.5.13',
  anchor: ['confidential', 'vertraulich', 'restricted', 'internal use only'],
  pattern:
    /(?:^|\n)[ \t>#*=_[(-]{0,12}(?<value>(?:STRICTLY |HIGHLY |COMPANY |STRENG )?(?:CONFIDENTIAL|VERTRAULICH|RESTRICTED)|INTERNAL USE ONLY|Confidential|Vertraulich)[ \t*=_\])!.:-]{0,12}(?=\n|$)/g,
  score: 0.6,
}

/** A field that names the level, as document properties and headers do. */
export const markingField: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'marking_field',
  source: 'own; ISO/IEC 27001 A.5.12',
  keywords: [
    'classification',
    'sensitivity',
    'einstufung',
    'klassifizierung',
    'vertraulichkeit',
    'schutzklasse',
    'confidentiality',
    'security level',
    'tlp',
  ],
  after: 64,
  pattern:
    /(?:(?:document |data |information |security )?classification|sensitivity(?: label)?|einstufung|klassifizierung|vertraulichkeit(?:sstufe)?|schutzklasse|confidentiality(?: level)?|security level) ?[:=] ?(?<value>(?:strictly |highly |company |streng )?(?:confidential|restricted|secret|vertraulich|geheim|streng geheim|internal(?: use)?(?: only)?|intern))\b|\btlp: ?(?:red|amber(?:\+strict)?)\b/gi,
  score: 0.6,
}

/** Labels of Microsoft Purview in a document's or a message's properties. */
export const purviewLabel: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'marking_msip',
  source: 'learn.microsoft.com/purview: sensitivity label metadata',
  anchor: ['msip_label'],
  pattern:
    /MSIP_Label_[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}_(?:Enabled|Name|SiteId|ContentBits|Method|SetDate|ActionId)/gi,
  score: 0.9,
}
