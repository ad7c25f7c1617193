/** Requests to other machines: payers' endpoints, and whatever else Cobalt calls. */
export { OutboundRefused, readOutboundRules, type OutboundRules } from './policy.js';
export { outbound, OutboundFailed, type Outbound, type OutboundAnswer, type OutboundRequest, type Send } from './send.js';
