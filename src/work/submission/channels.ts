import type { Channels } from './channel.js';
import { dropFolder, type ClaimFolder } from './drop-folder.js';
import { fhirRest } from './fhir-rest.js';
import { paper } from './paper.js';

/** The ways in which claims get to payers; to a clearinghouse only where there is a folder for it. */
export const channelsWith = (claimFolder: ClaimFolder | undefined): Channels =>
  new Map([paper, fhirRest, ...(claimFolder ? [dropFolder(claimFolder)] : [])].map((channel) => [channel.connectionType, channel]));
