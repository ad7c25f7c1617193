/** Claims as X12 837 files in the folder that a clearinghouse collects them from. */
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentReference } from 'fhir/r4.js';
import type { Resources } from '../../fhir/resources.js';
import { controlOf, exportClaim, nextControl } from '../claim-file/export.js';
import { EDI_X12 } from '../../fhir/interactions/body.js';
import type { Channel, Content, Delivery } from './channel.js';

/**
 * Each claim is one file with an envelope of its own, which appears whole (written beside, then renamed) and once: what a
 * crash cut is taken up where it was, also when the clearinghouse has collected the file meanwhile. The folder answers
 * nothing: acknowledgements and remittances do.
 */
export const dropFolder = (folder: string): Channel => ({
  connectionType: 'x12-drop-folder',
  callsAddress: false,
  async write({ claim, resources, store, key, timestamp }) {
    const control = await freeControl(key, store);
    return { contentType: EDI_X12, body: Buffer.from(await exportClaim(claim, resources, store, { control, written: timestamp })), id: recordId(control) };
  },
  async deliver({ body }, { key }) {
    try {
      await drop(folder, key, body);
    } catch (error) {
      return { kind: 'unreachable', why: `The folder of the clearinghouse (COBALT_837_DIR) can't be written: ${codeOf(error)}` };
    }
    return left(key);
  },
  async ask({ key }) {
    await rm(pathsOf(folder, key).begun, { force: true });
    return left(key);
  },
});

/** The record of what was sent has the control number in its id, so that two commits can't use the same. */
export const recordId = (control: number): string => `x12-${String(control).padStart(9, '0')}`;

/** A control number that follows from the key, or the first after it that nothing was sent under. */
async function freeControl(key: string, store: Resources): Promise<number> {
  let control = controlOf(key);
  while (await store.read<DocumentReference>('DocumentReference', recordId(control))) control = nextControl(control);
  return control;
}

interface Paths {
  /** Beside the files to be collected, on the same disk. */
  readonly beside: string;
  readonly temporary: string;
  /** Whole, and not to be collected yet. */
  readonly ready: string;
  /** Stands once the file was ready: when `ready` is not there any more, the file was left. */
  readonly begun: string;
  readonly file: string;
}

function pathsOf(folder: string, key: string): Paths {
  const beside = join(folder, '.cobalt');
  const name = nameOf(key);
  return { beside, temporary: join(beside, `${name}.tmp`), ready: join(beside, name), begun: join(beside, `${name}.begun`), file: join(folder, name) };
}

async function drop(folder: string, key: string, body: Uint8Array): Promise<void> {
  const { beside, temporary, ready, begun, file } = pathsOf(folder, key);
  await mkdir(beside, { recursive: true });
  if (!(await exists(begun))) {
    await writeDurably(temporary, body);
    await rename(temporary, ready);
    await writeDurably(begun, Buffer.alloc(0));
  }
  await rename(ready, file).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

async function writeDurably(path: string, body: Uint8Array): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(body);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);
const nameOf = (key: string): string => `claim-${key}.837`;
const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);

function left(key: string): Delivery {
  const content: Content = { contentType: 'text/plain', body: Buffer.from(`Left for the clearinghouse as ${nameOf(key)}`) };
  return { kind: 'answered', content, responses: [] };
}
