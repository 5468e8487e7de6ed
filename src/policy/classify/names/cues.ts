// Owns the words that announce a person or rule one out: honorifics, introductions, greetings, roles, companies, places.
import { hashOf } from './letters.ts'

/** What a word beside a name says about it. */
export const Cue = {
  none: 0,
  honorific: 1,
  introduction: 2,
  greeting: 3,
  closing: 4,
  says: 5,
  role: 6,
  kin: 7,
  company: 8,
  place: 9,
  calendar: 10,
  product: 11,
  article: 12,
  born: 13,
} as const

const WORDS: readonly (readonly [cue: number, words: string])[] = [
  [
    Cue.honorific,
    'mr mrs ms miss mister madam mx sir dame lord lady dr prof professor doctor doktor herr herrn hr frau fräulein fr rev reverend hon judge justice captain capt sgt lt col gen maj pfarrer schwester dipl ing msc phd med mag señor señora monsieur madame st',
  ],
  [
    Cue.introduction,
    'name names named called surname firstname lastname vorname nachname familienname heiße heisse heißt heisst namens signed gez gezeichnet unterzeichner unterzeichnet patient patientin client customer kunde kundin mandant mandantin klient klientin employee mitarbeiter mitarbeiterin applicant bewerber bewerberin contact kontakt ansprechpartner ansprechpartnerin recipient empfänger sender absender author autor autorin from to cc attn attention zhd subject betreff insured versicherter versicherte holder inhaber kontoinhaber tenant mieter mieterin landlord vermieter vermieterin cardholder karteninhaber beneficiary begünstigter witness zeuge zeugin plaintiff kläger klägerin defendant beklagter beklagte angeklagter attendee attendees teilnehmer participant participants assignee reporter owner reviewer arzt ärztin hausarzt behandelnder',
  ],
  [Cue.greeting, 'hi hello hey dear hallo liebe lieber guten servus moin geehrter geehrte thanks thank danke hola'],
  [
    Cue.closing,
    'regards sincerely cheers yours truly best wishes gruß grüße grüßen gruss grüsse hochachtungsvoll herzlichst love xoxo',
  ],
  [
    Cue.says,
    'said says told tells asked asks wrote writes replied added explained thinks thought argues argued claims claimed believes announced sagte sagt erklärte meint meinte schrieb schreibt fragte betonte berichtete antwortete kündigte forderte kritisierte lobte wants wanted loves loved died dies married marries starb heiratete gewann won beat scored sang sings plays played spielte spielt',
  ],
  [
    Cue.role,
    'president präsident präsidentin minister ministerin kanzler kanzlerin bundeskanzler bundeskanzlerin ceo cto cfo chairman director direktor direktorin manager managerin leiter leiterin chef chefin trainer trainerin coach regisseur regisseurin schauspieler schauspielerin sänger sängerin actor actress singer rapper author writer schriftsteller schriftstellerin dichter maler malerin komponist philosoph senator governor mayor bürgermeister bürgermeisterin oberbürgermeister landrat richter richterin rechtsanwalt rechtsanwältin attorney lawyer nurse physician surgeon king queen prince princess könig königin kaiser prinz prinzessin herzog graf gräfin pope papst bishop bischof kardinal colleague kollege kollegin boss supervisor engineer developer professorin spieler spielerin player quarterback captain kapitän sprecher sprecherin vorsitzender vorsitzende geschäftsführer geschäftsführerin abgeordneter abgeordnete artist star',
  ],
  [
    Cue.kin,
    'wife husband son daughter mother father mom mum dad brother sister uncle aunt cousin friend boyfriend girlfriend grandma grandpa grandmother grandfather ehefrau ehemann sohn tochter mutter vater bruder schwester onkel tante freund freundin oma opa großmutter großvater neffe nichte witwe witwer',
  ],
  [
    Cue.company,
    'gmbh ag kg ohg mbh se inc corp corporation ltd llc plc company co group gruppe holding bank verlag stiftung foundation university universität institute institut hospital klinik klinikum krankenhaus school schule hochschule college team club verein fc sc sv records studios motors airlines airport flughafen stadium arena theatre theater museum church kirche',
  ],
  [
    Cue.place,
    'street straße strasse road avenue ave lane drive boulevard square platz weg allee gasse ufer park county city state stadt kreis landkreis river lake mountain mount island valley beach north south east west northern southern eastern western hotel restaurant café',
  ],
  [
    Cue.calendar,
    'january february march april may june july august september october november december januar februar märz mai juni juli oktober dezember monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag',
  ],
  [
    Cue.product,
    'version release pro max plus ultra series edition studio server cloud app api sdk framework library update linux windows',
  ],
  [
    Cue.article,
    'the a an this that these those my your his her our their its der die das den dem des ein eine einen einem einer eines kein keine keinen dieser diese dieses diesem diesen jeder jede jedes mein meine meinen meinem meiner dein seine seinen seinem seiner ihre ihren ihrem ihrer unser unsere unseren zum zur im am beim vom ins',
  ],
  [Cue.born, 'born geboren geb née verheiratet married age aged years old jahre alt'],
]

const cues = new Map<number, number>()
for (const [cue, words] of WORDS)
  for (const word of words.split(' ')) if (!cues.has(hashOf(word))) cues.set(hashOf(word), cue)

/** The {@link Cue} of a word, by the hash of its lower-case form. */
export const cueOf = (hash: number): number => cues.get(hash) ?? Cue.none
