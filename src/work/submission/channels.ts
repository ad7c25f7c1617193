import type { Channels } from './channel.js';
import { dropFolder } from './drop-folder.js';
import { fhirRest } from './fhir-rest.js';

/** The ways in which claims get to payers; to a clearinghouse only where there is a folder for it. */
export const channelsWith = (folder: string | undefined): Channels =>
  new Map([fhirRest, ...(folder === undefined ? [] : [dropFolder(folder)])].map((channel) => [channel.connectionType, channel]));
