import type { Consent } from 'fhir/r4.js';
import { dateInterval } from '../../src/fhir/search/dates.js';
import { errors } from '../../src/fhir/outcome.js';

/** HRex's two policies: all data may be disclosed, or all but what is sensitive. */
const POLICY = 'http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html';

/** What is asked of a consent (HRex Consent), each with the element at fault. */
const RULES: readonly { readonly holds: (consent: Consent, today: string) => boolean; readonly at: string; readonly text: string }[] = [
  { holds: ({ status }) => status === 'active', at: 'status', text: 'The consent must be active' },
  { holds: ({ provision }) => provision?.type === 'permit', at: 'provision', text: 'The consent must permit (provision.type)' },
  { holds: ({ provision }) => provision?.action === undefined || provision.action.some(({ coding }) => coding?.some(({ code }) => code === 'disclose')), at: 'provision.action', text: 'The consent must permit to disclose' },
  { holds: ({ provision }, today) => isInForce(provision?.period, today), at: 'provision', text: 'The consent must say from when to when it is in force, and be so today' },
  { holds: ({ policy }) => policy?.some(({ uri }) => uri?.startsWith(POLICY)) ?? false, at: 'policy', text: `The consent must name a policy of HRex: ${POLICY}#sensitive` },
  { holds: ({ policy }) => policy?.some(({ uri }) => uri === `${POLICY}#sensitive`) ?? false, at: 'policy', text: 'The consent leaves out sensitive data, which this server can not tell apart: it can not be complied with' },
];

/**
 * The match is not told where the consent does not cover it.
 * @throws {FhirError} 422 with the first rule that does not hold.
 */
export function mustPermit(consent: Consent, at: string, today: string): void {
  const broken = RULES.find(({ holds }) => !holds(consent, today));
  if (!broken) return;
  const [step = ''] = broken.at.split('.');
  throw errors.businessRule(broken.text, step in consent ? `${at}.${broken.at}` : at, 'consent');
}

function isInForce(period: { readonly start?: string; readonly end?: string } | undefined, today: string): boolean {
  const [start, end, day] = [period?.start, period?.end, today].map((text) => (text === undefined ? undefined : dateInterval(text)));
  return start !== undefined && end !== undefined && day !== undefined && start.low < day.high && end.high > day.low;
}
