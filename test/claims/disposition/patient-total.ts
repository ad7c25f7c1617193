import type { Disposition } from '../../../src/claims/disposition/disposition.js';
import { sum, type Cents } from '../../../src/claims/money.js';

export const patientTotal = ({ patient }: Disposition): Cents => sum(patient.map(({ amount }) => amount));
