import { isOnCalendar } from './dates.js';
import type { Rule } from './rule.js';

/** How each primitive type is asked for in the text of an issue. */
export const EXPECTED: Readonly<Record<string, string>> = {
  boolean: 'true or false (without quotes)',
  integer: 'a whole number between -2147483648 and 2147483647',
  unsignedInt: 'a whole number from 0 up',
  positiveInt: 'a whole number from 1 up',
  decimal: 'a number (without quotes)',
  string: 'a string that is not empty',
  markdown: 'a string that is not empty',
  xhtml: 'a string of XHTML',
  base64Binary: 'a string in base64',
  uri: 'a URI without white space',
  url: 'a URL without white space',
  canonical: 'a canonical URL without white space',
  code: 'a code: a string without white space at its ends and with single spaces inside',
  id: 'an id: 1 to 64 letters, digits, "-" and "."',
  oid: 'an OID such as urn:oid:1.2.3',
  uuid: 'a UUID such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  date: 'a date: YYYY, YYYY-MM or YYYY-MM-DD',
  dateTime: 'a date (YYYY, YYYY-MM or YYYY-MM-DD) or a time with seconds and offset (YYYY-MM-DDThh:mm:ss+zz:zz)',
  instant: 'a time with seconds and offset (YYYY-MM-DDThh:mm:ss+zz:zz)',
  time: 'a time of day (hh:mm:ss)',
};

const calendar = text('calendar', 'must be a day that exists in the calendar', isOnCalendar);

/** What a pattern can't say about the values of primitive types. */
export const PRIMITIVE_RULES: Readonly<Record<string, Rule>> = {
  date: calendar,
  dateTime: calendar,
  instant: calendar,
  base64Binary: text('base64', 'must be valid base64', isBase64),
  xhtml: { ...text('txt-1', 'must be one <div> with basic formatting only: no scripts, forms, frames, objects or event attributes', isBasicXhtml), code: 'invariant' },
};

function text(id: string, wanted: string, holds: (value: string) => boolean): Rule {
  return { id, code: 'value', text: wanted, holds: (value) => typeof value !== 'string' || holds(value) };
}

/** Groups of four from the alphabet of RFC 4648 §4, white space allowed anywhere (FHIR R4 §2.24.0.1). */
function isBase64(value: string): boolean {
  const digits = /\s/.test(value) ? value.replace(/\s+/g, '') : value;
  const padding = digits.indexOf('=');
  if (digits.length % 4 !== 0 || /[^A-Za-z0-9+/=]/.test(digits)) return false;
  return padding === -1 || (padding >= digits.length - 2 && digits.endsWith('='));
}

const FORBIDDEN_TAG = /<\/?\s*(?:script|style|link|base|meta|form|input|button|select|textarea|iframe|frame|frameset|object|embed|applet|head|body|html)\b/i;
const EVENT_ATTRIBUTE = /<[^<>]*\son[a-z]+\s*=/i;

/** Invariants txt-1 and txt-2 of Narrative, as far as text without an XHTML parser shows them. */
function isBasicXhtml(value: string): boolean {
  return /^\s*<div[\s>/]/.test(value) && !FORBIDDEN_TAG.test(value) && !EVENT_ATTRIBUTE.test(value);
}
