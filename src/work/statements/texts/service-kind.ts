/** What a procedure code stands for, as a patient would call it. The texts of the codes themselves are licensed. */
export type ServiceKind =
  | 'visit' | 'preventive' | 'hospital-visit' | 'emergency' | 'consultation' | 'home-visit' | 'procedure' | 'anesthesia' | 'imaging' | 'laboratory' | 'vaccine'
  | 'mental-health' | 'dialysis' | 'eye' | 'therapy' | 'medicine-service' | 'dental' | 'supplies' | 'drug' | 'ambulance' | 'other';

interface KindRule {
  readonly kind: ServiceKind;
  readonly from: string;
  readonly to: string;
}

/** Sections of CPT, HCPCS level II and CDT by their first and last code; the first that holds. */
const RULES: readonly KindRule[] = [
  { kind: 'anesthesia', from: '00100', to: '01999' },
  { kind: 'procedure', from: '10004', to: '69990' },
  { kind: 'imaging', from: '70010', to: '79999' },
  { kind: 'laboratory', from: '80047', to: '89398' },
  { kind: 'vaccine', from: '90281', to: '90759' },
  { kind: 'mental-health', from: '90785', to: '90899' },
  { kind: 'dialysis', from: '90935', to: '90999' },
  { kind: 'eye', from: '92002', to: '92499' },
  { kind: 'therapy', from: '97010', to: '97799' },
  { kind: 'visit', from: '99202', to: '99215' },
  { kind: 'hospital-visit', from: '99217', to: '99239' },
  { kind: 'consultation', from: '99241', to: '99255' },
  { kind: 'emergency', from: '99281', to: '99288' },
  { kind: 'hospital-visit', from: '99291', to: '99318' },
  { kind: 'home-visit', from: '99341', to: '99350' },
  { kind: 'preventive', from: '99381', to: '99429' },
  { kind: 'medicine-service', from: '91010', to: '99607' },
  { kind: 'ambulance', from: 'A0021', to: 'A0999' },
  { kind: 'supplies', from: 'A4000', to: 'A9999' },
  { kind: 'supplies', from: 'B4000', to: 'B9999' },
  { kind: 'dental', from: 'D0100', to: 'D9999' },
  { kind: 'supplies', from: 'E0100', to: 'E8002' },
  { kind: 'preventive', from: 'G0402', to: 'G0402' },
  { kind: 'preventive', from: 'G0438', to: 'G0439' },
  { kind: 'drug', from: 'J0000', to: 'J9999' },
  { kind: 'supplies', from: 'K0000', to: 'L9999' },
  { kind: 'eye', from: 'V2020', to: 'V2799' },
];

export const serviceKind = (code: string): ServiceKind => RULES.find(({ from, to }) => code.length === 5 && code >= from && code <= to)?.kind ?? 'other';
