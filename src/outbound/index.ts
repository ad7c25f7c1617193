/** Requests to other machines: payers' endpoints, and whatever else Cobalt calls. */
export { OutboundRefused, readOutboundRules, type OutboundRules } from './policy.js';
export { BACK_OFF, backOff, isTransient, LONGEST_WAIT_MS, retryAfter, type BackOff } from './retry.js';
export { outbound, OutboundFailed, type Limits, type Open, type Outbound, type OutboundAnswer, type OutboundRequest, type OutboundStream, type Send } from './send.js';
