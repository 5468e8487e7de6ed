// Owns German number plates.
import type { KeywordDetector, PatternDetector } from '../engine/detector.ts'

/** Codes of districts in use: FZV Anlage 1, Kraftfahrt-Bundesamt. The one-letter and most two- and three-letter ones. */
const districts = new Set(
  'A AA AB ABG ABI AC AE AH AIB AIC AK ALF ALZ AM AN ANA ANG ANK AÖ AP APD ARN ART AS ASL ASZ AT AU AUR AW AZ AZE B BA BAD BAR BB BBG BC BCH BD BED BER BF BGD BGL BH BI BID BIN BIR BIT BIW BK BKS BL BLB BLK BM BN BNA BO BÖ BOG BOH BOR BOT BP BRA BRB BRG BRI BRK BRL BRV BS BSB BSK BT BTF BÜD BÜR BÜS BÜZ BW BWL BYL BZ BZA C CA CAS CB CE CHA CLP CLZ CO COC COE CR CUX CW D DA DAH DAN DAU DBR DD DE DEG DEL DGF DH DI DIL DIN DIZ DKB DL DLG DM DN DO DON DS DT DU DÜW DW DZ E EA EB EBE EBN EBS ECK ED EE EF EG EH EI EIC EIL EIN EIS EL EM EMD EMS EN ER ERB ERH ERK ERZ ES ESB ESW EU EW F FB FD FDB FDS FEU FF FFB FG FH FI FKB FL FLÖ FN FO FOR FR FRG FRI FRW FS FT FTL FÜ FÜS FW FZ G GA GAN GAP GC GD GDB GE GEL GEM GEO GER GF GG GHA GHC GI GK GL GLA GM GMN GN GNT GÖ GOA GOH GP GR GRA GRH GRI GRM GRZ GS GT GTH GÜ GUB GUN GV GVM GW GZ H HA HAB HAL HAM HAS HB HBN HBS HC HCH HD HDH HDL HE HEB HEF HEI HEL HER HET HF HG HGN HGW HH HHM HI HIG HIP HK HL HM HMÜ HN HO HOG HOH HOL HOM HOR HÖS HOT HP HR HRO HS HSK HST HU HV HVL HWI HX HY HZ IGB IK IL ILL IN IS IZ J JB JE JL JÜL K KA KB KC KE KEH KEL KEM KF KG KH KI KIB KK KL KLE KLZ KM KN KO KÖN KÖT KÖZ KR KRU KS KT KU KÜN KUS KW KY KYF L LA LAN LAU LB LBS LBZ LC LD LDK LDS LEO LER LEV LF LG LH LI LIB LIF LIN LIP LL LM LN LÖ LÖB LOS LP LR LRO LSA LSN LSZ LU LÜN LUP LWL M MA MAB MAI MAK MAL MB MC MD ME MED MEG MEI MEK MEL MER MET MG MGH MGN MH MHL MI MIL MK MKK ML MM MN MO MOD MOL MON MOS MQ MR MS MSE MSH MSP MST MTK MTL MÜ MÜB MÜL MÜN MÜR MVL MW MY MYK MZ MZG N NAB NAI NAU NB ND NDH NE NEA NEB NEC NEN NES NEW NF NH NI NK NL NM NMB NMS NÖ NOH NOL NOM NOR NP NR NRW NS NT NU NVP NW NWM NY NZ OA OAL OB OBB OBG OC OCH OD OE OF OG OH OHA ÖHR OHV OHZ OK OL OP OPR OR OS OSL OTW OVI OVL OVP P PA PAF PAN PAR PB PCH PE PEG PF PI PIR PL PLÖ PM PN PR PRÜ PS PW PZ QFT QLB R RA RC RD RDG RE REG REH REI RG RH RI RID RIE RL RM RN RO ROD ROF ROK ROL ROS ROT ROW RP RPL RS RSL RT RU RÜD RÜG RV RW RY RZ S SAB SAD SÄK SAL SAN SAW SB SBG SBK SC SCZ SDH SDL SDT SE SEB SEE SEF SEL SFB SFT SG SGH SH SHA SHG SHK SHL SI SIG SIM SK SL SLE SLF SLK SLN SLS SLÜ SLZ SM SMÜ SN SO SOB SOG SOK SÖM SON SP SPB SPN SR SRB SRO ST STA STB STD STE STL STO SU SUL SÜW SW SWA SY SZ SZB TBB TDO TE TET TF TG THL THW TIR TO TÖL TP TR TS TT TÜ TUT UE UEM UFF UH UL UM UN USI V VAI VB VEC VER VG VIB VIE VIT VK VOH VR VS W WA WAF WAK WAN WAR WAT WB WBS WDA WE WEB WEL WEN WER WES WF WG WHV WI WIL WIS WIT WIZ WK WL WLG WM WMS WN WND WO WOB WOH WOL WOR WOS WR WRN WS WSF WSM WST WT WTL WTM WÜ WUG WÜM WUN WUR WW WZ WZL Z ZE ZEL ZI ZIG ZP ZR ZW ZZ'.split(
    ' ',
  ),
)

const facts = { type: 'de_kfz', level: 'pii', category: 'pii', source: 'FZV Anlage 1 and 2' } as const

function isOfDistrict([written]: RegExpExecArray): boolean {
  return districts.has((written.split(/[ -]/)[0] as string).toUpperCase())
}

/** With a hyphen, two letters and more than one digit it is hardly anything else, unless the district is one letter. */
export const plate: PatternDetector = {
  ...facts,
  kind: 'pattern',
  rule: 'de_plate',
  anchor: 'digit',
  pattern: /(?<![\w-])[A-ZÄÖÜ]{2,3}-[A-Z]{2}[ -]?[1-9]\d{1,3}[EH]?(?![\w-]|[.,:/]\d)/g,
  score: 0.5,
  check: isOfDistrict,
}

/** As people write it, where a plate is spoken of or nothing else is said. */
export const spokenPlate: KeywordDetector = {
  ...facts,
  kind: 'keyword',
  rule: 'de_plate_named',
  keywords: [
    'kennzeichen',
    'nummernschild',
    'kfz',
    'zugelassen',
    'zulassung',
    'fahrzeug',
    'license plate',
    'number plate',
    'plate',
    'pkw',
    'auto',
    'wagen',
    'halter',
  ],
  before: 60,
  after: 80,
  pattern: /(?<![\w-])[A-ZÄÖÜa-zäöü]{1,3}(?:- ?| )[A-Za-z]{1,2}(?:-| ?)[1-9]\d{0,3}[EHeh]?(?![\w-]|[.,:/]\d)/g,
  score: 0.2,
  context:
    /(?:kennzeichen|nummernschild|\bkfz\b|zulassung|zugelassen|fahrzeug|license plate|number plate|\bplate\b|\bpkw\b|\bauto\b|\bwagen\b|\bhalter)/,
  inContext: 0.7,
  isolated: 0.5,
  check: isOfDistrict,
}
