import { header, type FhirRequest } from './interaction.js';

/** The `Prefer` header (R4 §3.1.0.1.8, §3.1.1.3): what comes back after a write, and how unknown search parameters are met. */
export interface Preferences {
  /** Undefined when nothing was asked. */
  readonly return: 'minimal' | 'representation' | 'OperationOutcome' | undefined;
  readonly handling: 'strict' | 'lenient';
  /** What takes long may go on after it was answered (R4 §3.1.6). */
  readonly respondAsync: boolean;
}

const NONE: Preferences = { return: undefined, handling: 'strict', respondAsync: false };
const RETURNS = ['minimal', 'representation', 'OperationOutcome'] as const;

/** Preferences that are not known are passed over (RFC 7240 §2). */
export function preferences(request: FhirRequest): Preferences {
  const prefer = header(request, 'prefer');
  if (!prefer) return NONE;
  const asked = prefer.split(/[,;]/).map((one) => one.trim().replaceAll('"', ''));
  return {
    return: RETURNS.find((value) => asked.includes(`return=${value}`)),
    handling: asked.includes('handling=lenient') ? 'lenient' : 'strict',
    respondAsync: asked.includes('respond-async'),
  };
}
