/**
 * Where everything stands on the 1500 Health Insurance Claim Form, version 02/12. Positions: the form’s print grid, 10
 * characters an inch and 6 lines an inch, rows and columns counted from 1. Widths: the field specifications of the NUCC
 * 1500 Reference Instruction Manual.
 */

/** Row, column, and how many characters fit. */
export type Place = readonly [row: number, column: number, width: number];

const CHECK = 1;

/** Every place that something is printed at but the services (24): see `LINE`. A name ends in what it says: the item, then its part. */
export const PLACES = {
  page: [1, 64, 16],
  payer1: [2, 41, 38], payer2: [3, 41, 38], payer3: [4, 41, 38], payer4: [5, 41, 38],
  '1-medicare': [8, 1, CHECK], '1-medicaid': [8, 8, CHECK], '1-tricare': [8, 15, CHECK], '1-champva': [8, 24, CHECK], '1-group': [8, 31, CHECK], '1-feca': [8, 39, CHECK], '1-other': [8, 45, CHECK],
  '1a': [8, 50, 29],
  '2': [10, 1, 28],
  '3-month': [10, 31, 2], '3-day': [10, 34, 2], '3-year': [10, 37, 4], '3-male': [10, 42, CHECK], '3-female': [10, 47, CHECK],
  '4': [10, 50, 29],
  '5-street': [12, 1, 28], '5-city': [14, 1, 24], '5-state': [14, 26, 3], '5-zip': [16, 1, 12], '5-area': [16, 15, 3], '5-phone': [16, 19, 10],
  '6-self': [12, 33, CHECK], '6-spouse': [12, 38, CHECK], '6-child': [12, 42, CHECK], '6-other': [12, 47, CHECK],
  '7-street': [12, 50, 29], '7-city': [14, 50, 23], '7-state': [14, 74, 4], '7-zip': [16, 50, 12], '7-area': [16, 65, 3], '7-phone': [16, 69, 10],
  '9': [18, 1, 28], '9a': [20, 1, 28], '9d': [26, 1, 28],
  '10a-yes': [20, 35, CHECK], '10a-no': [20, 41, CHECK], '10b-yes': [22, 35, CHECK], '10b-no': [22, 41, CHECK], '10b-state': [22, 45, 2], '10c-yes': [24, 35, CHECK], '10c-no': [24, 41, CHECK],
  '11': [18, 50, 29],
  '11a-month': [20, 53, 2], '11a-day': [20, 56, 2], '11a-year': [20, 59, 4], '11a-male': [20, 68, CHECK], '11a-female': [20, 75, CHECK],
  '11c': [24, 50, 29],
  '11d-yes': [26, 52, CHECK], '11d-no': [26, 57, CHECK],
  '12': [29, 7, 26], '13': [29, 55, 24],
  '15-qualifier': [32, 31, 3], '15-month': [32, 37, 2], '15-day': [32, 40, 2], '15-year': [32, 43, 4],
  '17-qualifier': [34, 1, 2], '17': [34, 4, 24], '17b': [34, 33, 10],
  '18-from-month': [34, 54, 2], '18-from-day': [34, 57, 2], '18-from-year': [34, 60, 4], '18-to-month': [34, 68, 2], '18-to-day': [34, 71, 2], '18-to-year': [34, 74, 4],
  '21-indicator': [37, 42, 1],
  '21A': [38, 3, 7], '21B': [38, 16, 7], '21C': [38, 29, 7], '21D': [38, 42, 7],
  '21E': [39, 3, 7], '21F': [39, 16, 7], '21G': [39, 29, 7], '21H': [39, 42, 7],
  '21I': [40, 3, 7], '21J': [40, 16, 7], '21K': [40, 29, 7], '21L': [40, 42, 7],
  '22-code': [38, 50, 11], '22-reference': [38, 62, 18],
  '23': [40, 50, 29],
  '25': [56, 1, 15], '25-ssn': [56, 17, CHECK], '25-ein': [56, 19, CHECK],
  '26': [56, 23, 14],
  '27-yes': [56, 38, CHECK], '27-no': [56, 43, CHECK],
  '28-dollars': [56, 51, 7], '28-cents': [56, 58, 2], '28-continued': [56, 51, 9],
  '29-dollars': [56, 62, 6], '29-cents': [56, 68, 2],
  '31': [60, 1, 21],
  '32-name': [58, 23, 26], '32-street': [59, 23, 26], '32-city': [60, 23, 26], '32a': [61, 23, 10],
  '33-area': [57, 66, 3], '33-phone': [57, 70, 9], '33-name': [58, 50, 29], '33-street': [59, 50, 29], '33-city': [60, 50, 29], '33a': [61, 50, 10],
} as const satisfies Readonly<Record<string, Place>>;

export type PlaceName = keyof typeof PLACES;

/** How many services a form holds, the row of the first (its upper, shaded half), and the rows of each. */
export const LINES = { most: 6, first: 43, rows: 2 } as const;

/** The places of one service: `0` the shaded row, `1` the one below it. */
export const LINE = {
  supplement: [0, 1, 61],
  'from-month': [1, 1, 2], 'from-day': [1, 4, 2], 'from-year': [1, 7, 2], 'to-month': [1, 10, 2], 'to-day': [1, 13, 2], 'to-year': [1, 16, 2],
  place: [1, 19, 2], emergency: [1, 22, 2], procedure: [1, 25, 6], modifier1: [1, 33, 2], modifier2: [1, 36, 2], modifier3: [1, 39, 2], modifier4: [1, 42, 2], pointer: [1, 45, 4],
  dollars: [1, 50, 6], cents: [1, 56, 2], units: [1, 59, 3], rendering: [1, 68, 10],
} as const satisfies Readonly<Record<string, Place>>;

export type LineName = keyof typeof LINE;

/** Amounts and units stand at the right of their place. */
export const RIGHT: ReadonlySet<PlaceName | LineName> = new Set<PlaceName | LineName>(['dollars', 'units', '28-dollars', '29-dollars']);

/** What is cut where it is too long: names and addresses. Everything else is refused, since a part of a number is another number. */
export const CUT: ReadonlySet<PlaceName | LineName> = new Set<PlaceName | LineName>([
  'payer1', 'payer2', 'payer3', 'payer4', '2', '4', '5-street', '5-city', '7-street', '7-city', '9', '9d', '11c', '17', '31', '32-name', '32-street', '32-city', '33-name', '33-street', '33-city',
]);

/** One box as it is drawn where the form is not printed already, with our words for it. */
export interface Box {
  readonly item: string;
  readonly words: string;
  /** Its first row and column, and how many it has of each. */
  readonly place: readonly [row: number, column: number, rows: number, columns: number];
  /** The words stand below what is printed. */
  readonly isBelow?: boolean;
}

const box = (item: string, words: string, row: number, column: number, rows: number, columns: number): Box => ({ item, words, place: [row, column, rows, columns] });

export const BOXES: readonly Box[] = [
  box('', 'Payer', 1, 40, 5, 40),
  box('1', 'Program: Medicare · Medicaid · TRICARE · CHAMPVA · Group · FECA · Other', 7, 1, 2, 49), box('1a', 'Member id', 7, 50, 2, 30),
  box('2', 'Patient', 9, 1, 2, 29), box('3', 'Born (month, day, year); male, female', 9, 30, 2, 20), box('4', 'Insured', 9, 50, 2, 30),
  box('5', 'Patient’s street', 11, 1, 2, 29), box('6', 'Patient is: self · spouse · child · other', 11, 30, 2, 20), box('7', 'Insured’s street', 11, 50, 2, 30),
  box('5', 'City', 13, 1, 2, 24), box('5', 'State', 13, 25, 2, 5), box('8', '(kept free)', 13, 30, 4, 20), box('7', 'City', 13, 50, 2, 23), box('7', 'State', 13, 73, 2, 7),
  box('5', 'ZIP', 15, 1, 2, 13), box('5', 'Telephone', 15, 14, 2, 16), box('7', 'ZIP', 15, 50, 2, 13), box('7', 'Telephone', 15, 63, 2, 17),
  box('9', 'Other insured', 17, 1, 2, 29), box('10', 'Is it related to (yes, no):', 17, 30, 2, 20), box('11', 'Policy or group of the insured', 17, 50, 2, 30),
  box('9a', 'Policy or group of the other insured', 19, 1, 2, 29), box('10a', 'Employment', 19, 30, 2, 20), box('11a', 'Insured born; male, female', 19, 50, 2, 30),
  box('9b', '(kept free)', 21, 1, 2, 29), box('10b', 'Auto accident, state', 21, 30, 2, 20), box('11b', 'Other claim id', 21, 50, 2, 30),
  box('9c', '(kept free)', 23, 1, 2, 29), box('10c', 'Other accident', 23, 30, 2, 20), box('11c', 'Plan or program', 23, 50, 2, 30),
  box('9d', 'Plan or program of the other insured', 25, 1, 2, 29), box('10d', 'Claim codes', 25, 30, 2, 20), box('11d', 'Another health plan: yes, no', 25, 50, 2, 30),
  box('12', 'Signature for release', 27, 1, 3, 49), box('13', 'Signature for payment to the provider', 27, 50, 3, 30),
  box('14', 'Illness, injury or pregnancy since', 31, 1, 2, 29), box('15', 'Other date', 31, 30, 2, 20), box('16', 'Unable to work', 31, 50, 2, 30),
  box('17', 'Referred, ordered or supervised by', 33, 1, 2, 28), box('17a/b', 'NPI', 33, 29, 2, 21), box('18', 'In hospital', 33, 50, 2, 30),
  box('19', 'Further information', 35, 1, 2, 49), box('20', 'Outside laboratory', 35, 50, 2, 30),
  box('21', 'Diagnoses (ICD version; A to L by rows)', 37, 1, 4, 49), box('22', 'Resubmission, payer’s claim number', 37, 50, 2, 30), box('23', 'Authorization', 39, 50, 2, 30),
  box('24A', 'From, to', 41, 1, 2, 17), box('B', 'Place', 41, 18, 2, 4), box('C', 'EMG', 41, 22, 2, 3), box('D', 'Service, modifiers', 41, 25, 2, 20), box('E', 'Diag.', 41, 45, 2, 5),
  box('F', 'Charge', 41, 50, 2, 9), box('G', 'Units', 41, 59, 2, 4), box('H, I', '', 41, 63, 2, 4), box('J', 'Rendering', 41, 67, 2, 13),
  ...Array.from({ length: LINES.most }, (_, line) => box(String(line + 1), '', LINES.first + line * LINES.rows, 1, LINES.rows, 79)),
  box('25', 'Tax id; SSN, EIN', 55, 1, 2, 21), box('26', 'Our claim number', 55, 22, 2, 15), box('27', 'Assignment: yes, no', 55, 37, 2, 13), box('28', 'Total charge', 55, 50, 2, 11), box('29', 'Paid so far', 55, 61, 2, 10), box('30', '(kept free)', 55, 71, 2, 9),
  box('31', 'Signature of the provider', 57, 1, 5, 21), box('32', 'Where the service was given', 57, 22, 4, 28), box('33', 'Billing provider', 57, 50, 4, 30),
  { ...box('32a', 'NPI', 61, 22, 2, 14), isBelow: true }, { ...box('32b', '', 61, 36, 2, 14), isBelow: true }, { ...box('33a', 'NPI', 61, 50, 2, 13), isBelow: true }, { ...box('33b', '', 61, 63, 2, 17), isBelow: true },
];
