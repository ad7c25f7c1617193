import type { Device } from 'fhir/r4.js';
import { AUTOMATION } from '../task.js';

/** The server itself, as the owner of what it does and the requester of what it asks people to do. */
export const COBALT_DEVICE: Device = {
  resourceType: 'Device',
  id: AUTOMATION.slice('Device/'.length),
  status: 'active',
  deviceName: [{ name: 'Cobalt', type: 'model-name' }],
};
